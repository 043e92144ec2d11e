// Rebuilds a room from what is durable: its snapshot and what was committed since, page by page, so that no journal is in
// memory as a whole. Keeps no copy itself.
import { isOfDatabase } from '../../protocol/app-error.ts';
import { essentialContentSchema } from '../../protocol/study.ts';
import { replay } from '../../room/evolve.ts';
import { initialStateOf } from '../../room/initial-state.ts';
import type { RoomDefinition, RoomState } from '../../room/state.ts';
import { stateFrom } from '../../room/stored-state.ts';
import type { Journal, StoredSnapshot } from '../ports.ts';
import { journalPages } from './journal-pages.ts';
import type { KeepSnapshots } from './keep-snapshots.ts';

interface RebuildOptions {
  readonly journal: Pick<Journal, 'definition' | 'commits' | 'snapshot'>;
  readonly snapshots: Pick<KeepSnapshots, 'rebuilt'>;
}

/** The state in the snapshot; a damaged one is as good as none. */
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

/** Undefined when there is no such room. Rejects when its history cannot be read. */
export const createRebuildRoom = ({ journal, snapshots }: RebuildOptions) => {
  const replayedFrom = async (beginning: RoomState): Promise<RoomState> => {
    let state = beginning;
    for await (const page of journalPages(journal, state.definition.roomId, state.version)) state = replay(state, page);
    snapshots.rebuilt(state, state.version - beginning.version);
    return state;
  };

  return async (roomId: string): Promise<RoomState | undefined> => {
    // Both may be megabytes.
    const [definition, snapshot] = await Promise.all([journal.definition(roomId), journal.snapshot(roomId)]);
    if (!definition) return undefined;
    essentialContentSchema.parse(definition.content);
    const beginning = beginningOf(definition, snapshot);
    return replayedFrom(beginning).catch((error: unknown) => {
      if (beginning.version === 0 || isOfDatabase(error)) throw error;
      // Perhaps it is the snapshot that the commits do not fit behind.
      return replayedFrom(initialStateOf(definition));
    });
  };
};
