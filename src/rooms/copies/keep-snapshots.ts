// Keeps a snapshot of each room every so many commits, so that it loads without its whole journal. No commit waits for
// one. One is written at a time; what cannot be kept is left out and counted, for the journal has it all.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { RoomState } from '../../room/state.ts';
import { storedStateOf } from '../../room/stored-state.ts';
import type { Journal } from '../ports.ts';

export const COMMITS_A_SNAPSHOT = 100;
/** A database this far behind has other things to do. */
const MAX_WAITING = 500;

export interface KeepSnapshots {
  /** The room has come to this state by a commit of this node. */
  committed(state: RoomState): void;
  /** The room had to be rebuilt from this many commits. */
  rebuilt(state: RoomState, commits: number): void;
  /** Resolves when nothing is being written any more; what waits is left. */
  close(): Promise<void>;
}

interface KeepSnapshotsOptions {
  readonly journal: Pick<Journal, 'keepSnapshot'>;
  readonly log: Logger;
  readonly metrics: Registry;
}

export const createKeepSnapshots = ({ journal, log, metrics }: KeepSnapshotsOptions): KeepSnapshots => {
  const waiting = new Map<string, RoomState>();
  let writing: Promise<void> | undefined;
  const leftOut = new Counter({
    name: 'trialogue_snapshots_left_out_total',
    help: 'Snapshots of rooms that were not kept: the database refused them, or is too far behind.',
    registers: [metrics],
  });
  let closed = false;

  const write = async (): Promise<void> => {
    for (const [roomId, state] of waiting) {
      waiting.delete(roomId);
      if (closed || state.commitId === undefined) continue;
      const { version, commitId } = state;
      try {
        await journal.keepSnapshot(roomId, { version, commitId, state: storedStateOf(state) });
      } catch (error) {
        leftOut.inc();
        log.warn({ err: error, roomId }, 'a snapshot of a room could not be kept');
      }
    }
    writing = undefined;
  };

  const keep = (state: RoomState): void => {
    const { roomId } = state.definition;
    if (waiting.size >= MAX_WAITING && !waiting.has(roomId)) {
      leftOut.inc();
      return;
    }
    waiting.set(roomId, state);
    // After whatever is answered now.
    writing ??= new Promise((resolve) => setImmediate(resolve)).then(write);
  };

  return {
    committed(state) {
      if (state.version % COMMITS_A_SNAPSHOT === 0) keep(state);
    },
    rebuilt(state, commits) {
      if (commits >= COMMITS_A_SNAPSHOT) keep(state);
    },
    async close() {
      closed = true;
      await writing;
    },
  };
};
