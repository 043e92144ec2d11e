// Gives a room from its hot copy, or rebuilds it from the journal.
import type { StoredCommit } from '../room/commands.ts';
import { evolveCommit, fold } from '../room/evolve.ts';
import type { RoomState } from '../room/state.ts';
import type { HotRooms, Journal } from './ports.ts';

/** One commit between two states: what is announced. */
export interface Step {
  readonly before: RoomState;
  readonly commit: StoredCommit;
  readonly after: RoomState;
}

export interface RoomLoader {
  load(roomId: string): Promise<RoomState | undefined>;
  /** What the journal holds beyond this state, oldest first. */
  stepsFrom(state: RoomState): Promise<Step[]>;
}

export const createRoomLoader = ({ journal, hotRooms }: { journal: Journal; hotRooms: HotRooms }): RoomLoader => {
  /** Three people and their signaling come at one instant: the journal is read once for all of them. */
  const rebuilding = new Map<string, Promise<RoomState | undefined>>();

  const rebuild = async (roomId: string): Promise<RoomState | undefined> => {
    const definition = await journal.definition(roomId);
    if (!definition) return undefined;
    const state = fold(definition, await journal.commits(roomId, 0));
    await hotRooms.put(state);
    return state;
  };

  return {
    async load(roomId) {
      const hot = await hotRooms.get(roomId);
      if (hot) return hot;
      const running = rebuilding.get(roomId);
      if (running) return running;
      const rebuilt = rebuild(roomId).finally(() => rebuilding.delete(roomId));
      rebuilding.set(roomId, rebuilt);
      return rebuilt;
    },
    async stepsFrom(state) {
      const steps: Step[] = [];
      let before = state;
      for (const commit of await journal.commits(state.definition.roomId, state.version)) {
        const after = evolveCommit(before, commit);
        steps.push({ before, commit, after });
        before = after;
      }
      return steps;
    },
  };
};
