// Gives a room from its hot copy, or rebuilds it from the journal.
import type { StoredCommit } from '../room/commands.ts';
import { evolveCommit } from '../room/evolve.ts';
import { initialStateOf } from '../room/initial-state.ts';
import type { RoomState } from '../room/state.ts';
import type { HotRooms, Journal } from './ports.ts';

/** One commit between two states: what is announced. */
export interface Step {
  readonly before: RoomState;
  readonly commit: StoredCommit;
  readonly after: RoomState;
}

export interface RoomLoader {
  /** `rebuilt`: it came from the journal, so this process knows nothing of its connections yet. */
  load(roomId: string): Promise<{ state: RoomState; rebuilt: boolean } | undefined>;
  /** What the journal holds beyond this state, oldest first. */
  catchUp(state: RoomState): Promise<Step[]>;
  /** All steps after version `since`. */
  stepsSince(roomId: string, since: number): Promise<Step[]>;
}

const stepsOf = (state: RoomState, commits: readonly StoredCommit[]): Step[] => {
  let before = state;
  return commits.map((commit) => {
    const after = evolveCommit(before, commit);
    const step = { before, commit, after };
    before = after;
    return step;
  });
};

export const createRoomLoader = ({ journal, hotRooms }: { journal: Journal; hotRooms: HotRooms }): RoomLoader => {
  const allSteps = async (roomId: string): Promise<{ initial: RoomState; steps: Step[] } | undefined> => {
    const definition = await journal.definition(roomId);
    if (!definition) return undefined;
    const initial = initialStateOf(definition);
    return { initial, steps: stepsOf(initial, await journal.commits(roomId, 0)) };
  };

  return {
    async load(roomId) {
      const hot = await hotRooms.get(roomId);
      if (hot) return { state: hot, rebuilt: false };
      const all = await allSteps(roomId);
      if (!all) return undefined;
      const state = all.steps.at(-1)?.after ?? all.initial;
      await hotRooms.put(state);
      return { state, rebuilt: true };
    },
    async catchUp(state) {
      return stepsOf(state, await journal.commits(state.definition.roomId, state.version));
    },
    async stepsSince(roomId, since) {
      const all = await allSteps(roomId);
      return all?.steps.filter((step) => step.commit.version > since) ?? [];
    },
  };
};
