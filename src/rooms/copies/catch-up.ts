// Brings this node's copy of a room to where the journal is, and tells the feed of every commit on the way. The only place that
// advances a copy. Works inside the room's lane; decides nothing about the room. [ST24]
import type { Logger } from 'pino';
import { evolveCommit } from '../../room/evolve.ts';
import type { RoomState } from '../../room/state.ts';
import type { Journal } from '../ports.ts';
import { type HeadOf, isAt } from './journal-heads.ts';
import type { RoomLoader, Transition } from './load-room.ts';
import type { PublishedCommit, RoomCopies } from './ports.ts';
import type { RoomFeed } from './room-feed.ts';

const MAX_TRIES = 10;

export interface CatchUp {
  /** A commit of this node is durable. */
  apply(transition: Transition): Promise<void>;
  /** Another node says that it has committed this. */
  receive(roomId: string, commit: PublishedCommit): Promise<void>;
  /** This state and the journal may differ: what was committed beyond it is applied; a history that is gone is given up. */
  syncWithJournal(state: RoomState): Promise<void>;
  /** Commits that were known here are gone from the journal: the room begins anew from what the journal has. */
  beginAnew(roomId: string): Promise<void>;
  /** Whether other nodes have committed beyond this state. */
  isStale(state: RoomState): Promise<boolean>;
  /** The copy, after it has caught up with the journal; undefined when there is no such room. */
  upToDate(roomId: string): Promise<RoomState | undefined>;
}

interface CatchUpOptions {
  readonly journal: Pick<Journal, 'includes'>;
  readonly copies: Pick<RoomCopies, 'get' | 'put' | 'delete'>;
  readonly loader: RoomLoader;
  readonly feed: Pick<RoomFeed, 'committed' | 'takenBack'>;
  readonly watchers: { changed(roomId: string, state: RoomState | undefined): void };
  /** Undefined: no other node commits, and the copy is never stale. */
  readonly headOf: HeadOf | undefined;
  readonly log: Logger;
}

export const createCatchUp = (options: CatchUpOptions): CatchUp => {
  const { journal, copies, loader, feed, watchers, headOf, log } = options;

  const apply = async (transition: Transition): Promise<void> => {
    await copies.put(transition.after);
    feed.committed(transition);
  };

  const applyMissed = async (state: RoomState): Promise<number> => {
    let applied = 0;
    for await (const transition of loader.transitionsFrom(state)) {
      await apply(transition);
      applied += 1;
    }
    return applied;
  };

  const beginAnew = async (roomId: string): Promise<void> => {
    log.warn(
      { roomId },
      'commits that were known here are gone from the journal: the room begins anew from what it has',
    );
    await copies.delete(roomId);
    await feed.takenBack(roomId);
    watchers.changed(roomId, await loader.load(roomId));
  };

  const syncWithJournal = async (state: RoomState): Promise<void> => {
    const { commitId, version, definition } = state;
    const { roomId } = definition;
    // Erased meanwhile, or the database was put back: what it counts from here on is another history.
    if (commitId !== undefined && !(await journal.includes(roomId, version, commitId))) await beginAnew(roomId);
    else if ((await applyMissed(state)) === 0 && version === 0) await copies.delete(roomId);
  };

  const isStale = async (state: RoomState): Promise<boolean> =>
    headOf !== undefined && !isAt(state, await headOf(state.definition.roomId));

  return {
    ...{ apply, syncWithJournal, beginAnew, isStale },
    async receive(roomId, commit) {
      const state = await copies.get(roomId);
      if (!state || commit.version <= state.version) return;
      const { previous = state.commitId } = commit;
      if (commit.version > state.version + 1 || previous !== state.commitId) await syncWithJournal(state);
      else await apply({ before: state, commit, after: evolveCommit(state, commit) });
    },
    async upToDate(roomId) {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const state = await loader.load(roomId);
        if (!state || !(await isStale(state))) return state;
        await syncWithJournal(state);
      }
      throw new Error(`room ${roomId} could not be brought up to date`);
    },
  };
};
