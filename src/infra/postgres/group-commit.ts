// Gathers what arrives while a batch is in flight and sends it as the next one. Decides what a failed batch means: bisected
// when its content is bad or takes the database too long, looked up and retried when the database went away. A room whose rows
// somebody else holds is held back and tried again by and by: no other room waits for it. Knows nothing of SQL.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../protocol/app-error.ts';
import type { NewCommit } from '../../rooms/ports.ts';
import { createSlowRooms } from './slow-rooms.ts';
import { isLockNotGot, isTooSlow, mayPass } from './write-faults.ts';

type Outcome = 'committed' | 'conflict';

export interface Written {
  /** Rooms whose commit lost its race. */
  readonly lost: ReadonlySet<string>;
  /** Rooms whose row is locked by somebody else: nothing was decided. */
  readonly held: ReadonlySet<string>;
}

export interface BatchWriter {
  /**
   * Rejects when nothing of the batch happened, or when nobody knows (write-faults.ts). What takes the database longer it ends
   * itself: nothing happened.
   */
  write(batch: readonly NewCommit[], withinMs: number): Promise<Written>;
  /** Which of these commit ids are in the journal. */
  present(commitIds: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface GroupCommit {
  append(entry: NewCommit): Promise<Outcome>;
  /** Resolves when everything appended so far has an outcome. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly entry: NewCommit;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  /** Sent before with an unknown outcome: a lost race may be a race against itself. */
  resent?: true;
  /** A batch with this in it waited for a lock in vain: it goes by itself, so that no other waits with it. */
  apart?: true;
  /** Since when (monotonic) somebody else holds what this needs. */
  heldSince?: number;
  /** How long it rests before the next try. */
  restMs?: number;
}

const MAX_BATCH = 256;
const GIVE_UP_MS = 2_000;
/** Above what a stalled disk takes now and then. */
const WRITE_WITHIN_MS = 3_000;
/** Where one commit of several, or of this room, is known to be slow. */
const SUSPECT_WITHIN_MS = 500;
/** For finding which one it is: a full batch is halved eight times. */
const SEARCH_MS = 4_000;
const FIRST_REST_MS = 5;
const LAST_REST_MS = 250;
const FIRST_RETRY_MS = 25;
const LAST_RETRY_MS = 250;

export const createGroupCommit = (
  writer: BatchWriter,
  { gatherMs, monotonic }: { readonly gatherMs: number; readonly monotonic: () => number },
): GroupCommit => {
  let queue: Waiting[] = [];
  const slow = createSlowRooms(monotonic);
  /** Rooms that are held back for the moment; what comes for them waits behind. */
  const resting = new Set<string>();
  let inFlight: Promise<void> | undefined;
  let scheduled = false;
  let lastBegunAt = Number.NEGATIVE_INFINITY;

  /** The oldest of each room, at most a batch full; what goes apart alone. */
  const takeBatch = (): Waiting[] => {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const rooms = new Set<string>(resting);
    for (const waiting of queue) {
      const { roomId } = waiting.entry;
      const isFull = batch.length === (batch[0]?.apart ? 1 : MAX_BATCH);
      if (isFull || rooms.has(roomId) || (waiting.apart && batch.length > 0)) {
        rooms.add(roomId);
        left.push(waiting);
      } else {
        rooms.add(roomId);
        batch.push(waiting);
      }
    }
    queue = left;
    return batch;
  };

  const settle = (batch: readonly Waiting[], outcomeOf: (waiting: Waiting) => Outcome): void => {
    for (const waiting of batch) {
      slow.passed(waiting.entry.roomId);
      waiting.resolve(outcomeOf(waiting));
    }
  };

  const unavailable = (batch: readonly Waiting[], message: string, cause?: unknown): void => {
    const error = new AppError('unavailable', message, { cause });
    for (const waiting of batch) waiting.reject(error);
  };

  /** In front of whatever else waits for its room, which rests for a moment. */
  const holdBack = (waiting: Waiting): void => {
    waiting.heldSince ??= monotonic();
    const { roomId } = waiting.entry;
    if (monotonic() - waiting.heldSince > GIVE_UP_MS) {
      unavailable([waiting], `Rows of room ${roomId} are locked, nothing is stored.`);
      return;
    }
    const restMs = waiting.restMs ?? FIRST_REST_MS;
    waiting.restMs = Math.min(restMs * 2, LAST_REST_MS);
    queue.unshift(waiting);
    resting.add(roomId);
    setTimeout(() => {
      resting.delete(roomId);
      schedule();
    }, restMs);
  };

  const writeOnce = async (all: readonly Waiting[], isSearch: boolean): Promise<void> => {
    const isSuspect = isSearch || all.some(({ entry }) => slow.isSuspected(entry.roomId));
    const withinMs = isSuspect ? SUSPECT_WITHIN_MS : WRITE_WITHIN_MS;
    const entries = all.map(({ entry }) => entry);
    const { lost: losers, held } = await writer.write(entries, withinMs);
    const batch = all.filter(({ entry }) => !held.has(entry.roomId));
    for (const waiting of all) if (held.has(waiting.entry.roomId)) holdBack(waiting);
    if (losers.size === 0) return settle(batch, () => 'committed');
    const suspects = batch.filter(({ entry, resent }) => resent && losers.has(entry.roomId));
    const own =
      suspects.length === 0 ? undefined : await writer.present(suspects.map(({ entry }) => entry.commit.commitId));
    settle(batch, ({ entry }) =>
      losers.has(entry.roomId) && !own?.has(entry.commit.commitId) ? 'conflict' : 'committed',
    );
  };

  /** After a failure that may have happened before or after the commit: those that are there are done. */
  const keepUnknown = async (batch: readonly Waiting[]): Promise<Waiting[]> => {
    for (const waiting of batch) waiting.resent = true;
    const present = await writer.present(batch.map(({ entry }) => entry.commit.commitId));
    settle(
      batch.filter(({ entry }) => present.has(entry.commit.commitId)),
      () => 'committed',
    );
    return batch.filter(({ entry }) => !present.has(entry.commit.commitId));
  };

  const bisect = async (batch: readonly Waiting[], cause: unknown): Promise<void> => {
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      only.reject(
        new AppError('internal', `The commit of room ${only.entry.roomId} cannot be stored: ${reason}`, { cause }),
      );
      return;
    }
    const middle = batch.length >> 1;
    await writeFully(batch.slice(0, middle));
    await writeFully(batch.slice(middle));
  };

  /** One of these may be what the database does not end, or it is slow with everything: then the search has an end. */
  const searchSlow = async (batch: readonly Waiting[], cause: unknown, searchUntil?: number): Promise<void> => {
    const [only] = batch;
    const isFound = searchUntil !== undefined || batch.some(({ entry }) => slow.isSuspected(entry.roomId));
    if (only && batch.length === 1 && isFound) slow.found(only.entry.roomId);
    else if (searchUntil === undefined || monotonic() < searchUntil) {
      const until = searchUntil ?? monotonic() + SEARCH_MS;
      const middle = batch.length >> 1;
      if (middle > 0) await writeFully(batch.slice(0, middle), until);
      return writeFully(batch.slice(middle), until);
    }
    unavailable(batch, 'The database takes too long, nothing is stored.', cause);
  };

  /** Every member has an outcome when it resolves; it never rejects. */
  const writeFully = async (batch: readonly Waiting[], searchUntil?: number): Promise<void> => {
    let left = batch;
    let firstFailureAt: number | undefined;
    let known = true;
    for (let pause = FIRST_RETRY_MS; left.length > 0; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      try {
        if (!known) left = await keepUnknown(left);
        known = true;
        if (left.length > 0) await writeOnce(left, searchUntil !== undefined);
        return;
      } catch (cause) {
        if (isTooSlow(cause)) return searchSlow(left, cause, searchUntil);
        if (isLockNotGot(cause)) {
          // One of these waits for somebody; which one shows when each goes by itself.
          for (const waiting of left) {
            waiting.apart = true;
            holdBack(waiting);
          }
          return;
        }
        if (!mayPass(cause)) return bisect(left, cause);
        known = false;
        firstFailureAt ??= monotonic();
        if (monotonic() - firstFailureAt > GIVE_UP_MS) {
          return unavailable(left, 'The database cannot be reached, nothing is known to be stored.', cause);
        }
        await delay(pause);
      }
    }
  };

  const begin = (): void => {
    scheduled = false;
    if (inFlight !== undefined) return;
    const batch = takeBatch();
    if (batch.length === 0) return;
    lastBegunAt = monotonic();
    inFlight = writeFully(batch).then(() => {
      inFlight = undefined;
      schedule();
    });
  };

  const schedule = (): void => {
    if (scheduled || inFlight !== undefined || queue.length === 0) return;
    scheduled = true;
    const wait = lastBegunAt + gatherMs - monotonic();
    // At once means after the messages that are already here have been handled: they may join this batch.
    if (wait > 0) setTimeout(begin, wait);
    else setImmediate(begin);
  };

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        const { roomId } = entry;
        const waiting: Waiting = { entry, resolve, reject, ...(slow.isSuspected(roomId) && { apart: true }) };
        if (slow.isResting(roomId))
          return unavailable([waiting], `The database did not end a commit of room ${roomId}.`);
        queue.push(waiting);
        schedule();
      }),
    async drain() {
      while (queue.length > 0 || inFlight !== undefined) {
        if (inFlight === undefined) begin();
        // Nothing in flight: all that is left rests.
        await (inFlight ?? delay(FIRST_REST_MS));
      }
    },
  };
};
