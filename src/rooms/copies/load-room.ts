// Gives a room from its hot copy, or rebuilds it: from its snapshot and what was committed since, page by page. Whoever cannot
// read a room's history learns it here, and sets the room aside.
import { isOfDatabase } from '../../protocol/app-error.ts';
import { essentialContentSchema } from '../../protocol/study.ts';
import type { StoredCommit } from '../../room/commands.ts';
import { evolveCommit, replay } from '../../room/evolve.ts';
import { initialStateOf } from '../../room/initial-state.ts';
import type { RoomDefinition, RoomState } from '../../room/state.ts';
import { stateFrom } from '../../room/stored-state.ts';
import type { Journal, StoredSnapshot } from '../ports.ts';
import { journalPages } from './journal-pages.ts';
import type { KeepSnapshots } from './keep-snapshots.ts';
import type { RoomCopies } from './ports.ts';
import type { SetAside } from './set-aside.ts';

/** One commit between two states: what is announced. */
export interface Step {
  readonly before: RoomState;
  readonly commit: StoredCommit;
  readonly after: RoomState;
}

export interface RoomLoader {
  /** Rejects with `unavailable` when the room cannot be read, at once while it is set aside. */
  load(roomId: string): Promise<RoomState | undefined>;
  /** What the journal holds beyond this state, oldest first. */
  stepsFrom(state: RoomState): AsyncGenerator<Step, void>;
}

interface RoomLoaderOptions {
  readonly journal: Pick<Journal, 'definition' | 'commits' | 'snapshot'>;
  readonly copies: Pick<RoomCopies, 'get' | 'put' | 'delete'>;
  readonly snapshots: Pick<KeepSnapshots, 'rebuilt'>;
  readonly setAside: Pick<SetAside, 'admit' | 'failed' | 'settled'>;
}

export const createRoomLoader = ({ journal, copies, snapshots, setAside }: RoomLoaderOptions): RoomLoader => {
  /** Three people and their signaling come at one instant: the journal is read once for all of them. */
  const rebuilding = new Map<string, Promise<RoomState | undefined>>();

  /** As the snapshot has it; a damaged one is as good as none. */
  const beginningOf = (definition: RoomDefinition, snapshot: StoredSnapshot | undefined): RoomState => {
    if (snapshot) {
      try {
        const state = stateFrom(snapshot.state, definition);
        if (state.version === snapshot.version && state.commitId === snapshot.commitId) return state;
      } catch {
        // The journal has it all.
      }
    }
    return initialStateOf(definition);
  };

  const replayedFrom = async (beginning: RoomState): Promise<RoomState> => {
    let state = beginning;
    for await (const page of journalPages(journal, state.definition.roomId, state.version)) state = replay(state, page);
    snapshots.rebuilt(state, state.version - beginning.version);
    return state;
  };

  const rebuild = async (roomId: string): Promise<RoomState | undefined> => {
    // Both may be megabytes.
    const [definition, snapshot] = await Promise.all([journal.definition(roomId), journal.snapshot(roomId)]);
    if (!definition) return undefined;
    essentialContentSchema.parse(definition.content);
    const beginning = beginningOf(definition, snapshot);
    const state = await replayedFrom(beginning).catch((error: unknown) => {
      if (beginning.version === 0 || isOfDatabase(error)) throw error;
      // It may be the snapshot that nothing fits behind.
      return replayedFrom(initialStateOf(definition));
    });
    await copies.put(state);
    return state;
  };

  return {
    async load(roomId) {
      setAside.admit(roomId);
      const hot = await copies.get(roomId);
      if (hot) return hot;
      const running = rebuilding.get(roomId);
      if (running) return running;
      const rebuilt = rebuild(roomId)
        .then(
          (state) => {
            setAside.settled(roomId);
            return state;
          },
          (error: unknown) => {
            throw setAside.failed(roomId, error);
          },
        )
        .finally(() => rebuilding.delete(roomId));
      rebuilding.set(roomId, rebuilt);
      return rebuilt;
    },
    async *stepsFrom(state) {
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
        // What is known of it is behind: only the whole history can bring it back.
        if (reason !== error) await copies.delete(roomId);
        throw reason;
      }
    },
  };
};
