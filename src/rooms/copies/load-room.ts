// Gives this node's copy of a room, and makes one where there is none. Whoever cannot read a room's history finds it out here,
// and sets the room aside. Does not ask whether the copy is stale: catch-up.ts does.
import type { StoredCommit } from '../../room/commands.ts';
import { evolveCommit } from '../../room/evolve.ts';
import type { RoomState } from '../../room/state.ts';
import type { Journal } from '../ports.ts';
import { journalPages } from './journal-pages.ts';
import type { KeepSnapshots } from './keep-snapshots.ts';
import type { RoomCopies } from './ports.ts';
import { createRebuildRoom } from './rebuild-room.ts';
import type { SetAside } from './set-aside.ts';

/** One commit, and the room before and after it. */
export interface Transition {
  readonly before: RoomState;
  readonly commit: StoredCommit;
  readonly after: RoomState;
}

export interface RoomLoader {
  /** Rejects with `unavailable` when the room cannot be read, at once while it is set aside. */
  load(roomId: string): Promise<RoomState | undefined>;
  /** What the journal holds beyond this state, oldest first. */
  transitionsFrom(state: RoomState): AsyncGenerator<Transition, void>;
}

interface RoomLoaderOptions {
  readonly journal: Pick<Journal, 'definition' | 'commits' | 'snapshot'>;
  readonly copies: Pick<RoomCopies, 'get' | 'put' | 'delete'>;
  readonly snapshots: Pick<KeepSnapshots, 'rebuilt'>;
  readonly setAside: Pick<SetAside, 'admit' | 'failed' | 'settled'>;
}

export const createRoomLoader = ({ journal, copies, snapshots, setAside }: RoomLoaderOptions): RoomLoader => {
  const rebuild = createRebuildRoom({ journal, snapshots });
  /** Three people and their signaling come at one instant: the journal is read once for all of them. */
  const rebuilding = new Map<string, Promise<RoomState | undefined>>();

  const copyAnew = async (roomId: string): Promise<RoomState | undefined> => {
    try {
      const state = await rebuild(roomId);
      if (state) await copies.put(state);
      setAside.settled(roomId);
      return state;
    } catch (error) {
      throw setAside.failed(roomId, error);
    } finally {
      rebuilding.delete(roomId);
    }
  };

  return {
    async load(roomId) {
      setAside.admit(roomId);
      const copy = await copies.get(roomId);
      if (copy) return copy;
      const running = rebuilding.get(roomId) ?? copyAnew(roomId);
      rebuilding.set(roomId, running);
      return running;
    },
    async *transitionsFrom(state) {
      const { roomId } = state.definition;
      let before = state;
      try {
        for await (const page of journalPages(journal, roomId, state.version)) {
          for (const commit of page) {
            const after = evolveCommit(before, commit);
            yield { before, commit, after };
            before = after;
          }
        }
      } catch (error) {
        const reason = setAside.failed(roomId, error);
        // The copy is stale, and only the whole history can bring it back.
        if (reason !== error) await copies.delete(roomId);
        throw reason;
      }
    },
  };
};
