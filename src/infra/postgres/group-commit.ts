// Gathers what arrives while a batch is in flight and sends it as the next one. Decides what a failed batch means: bisected
// when its content is bad, looked up and retried when the database went away. Knows nothing of SQL.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isUnavailable } from '../../protocol/app-error.ts';
import type { NewCommit } from '../../rooms/ports.ts';

type Outcome = 'committed' | 'conflict';

export interface BatchWriter {
  /** Ids of the rooms whose commit lost. Rejects when nothing of the batch happened, or when nobody knows. */
  write(batch: readonly NewCommit[]): Promise<ReadonlySet<string>>;
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
}

const MAX_BATCH = 256;
const GIVE_UP_MS = 2_000;
const FIRST_RETRY_MS = 25;
const LAST_RETRY_MS = 250;
/** SQLSTATE classes that pass: rollback, wrong state (a standby), no resources, operator, system. */
const PASSING_CLASSES = new Set(['40', '25', '53', '57', '58']);

const mayPass = (error: unknown): boolean => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    isUnavailable(error) || (typeof code === 'string' && code.length === 5 && PASSING_CLASSES.has(code.slice(0, 2)))
  );
};

export const createGroupCommit = (
  writer: BatchWriter,
  { gatherMs, monotonic }: { readonly gatherMs: number; readonly monotonic: () => number },
): GroupCommit => {
  let queue: Waiting[] = [];
  let inFlight: Promise<void> | undefined;
  let scheduled = false;
  let lastBegunAt = Number.NEGATIVE_INFINITY;

  /** The oldest of each room, at most a batch full. */
  const takeBatch = (): Waiting[] => {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const rooms = new Set<string>();
    for (const waiting of queue) {
      const { roomId } = waiting.entry;
      if (batch.length === MAX_BATCH || rooms.has(roomId)) left.push(waiting);
      else {
        rooms.add(roomId);
        batch.push(waiting);
      }
    }
    queue = left;
    return batch;
  };

  const settle = (batch: readonly Waiting[], outcomeOf: (waiting: Waiting) => Outcome): void => {
    for (const waiting of batch) waiting.resolve(outcomeOf(waiting));
  };

  const writeOnce = async (batch: readonly Waiting[]): Promise<void> => {
    const losers = await writer.write(batch.map(({ entry }) => entry));
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

  /** Every member has an outcome when it resolves; it never rejects. */
  const writeFully = async (batch: readonly Waiting[]): Promise<void> => {
    let left = batch;
    let firstFailureAt: number | undefined;
    let known = true;
    for (let pause = FIRST_RETRY_MS; left.length > 0; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      try {
        if (!known) left = await keepUnknown(left);
        known = true;
        if (left.length > 0) await writeOnce(left);
        return;
      } catch (cause) {
        if (!mayPass(cause)) return bisect(left, cause);
        known = false;
        firstFailureAt ??= monotonic();
        if (monotonic() - firstFailureAt > GIVE_UP_MS) {
          const error = new AppError('unavailable', 'The database cannot be reached, nothing is known to be stored.', {
            cause,
          });
          for (const waiting of left) waiting.reject(error);
          return;
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
        queue.push({ entry, resolve, reject });
        schedule();
      }),
    async drain() {
      while (queue.length > 0 || inFlight !== undefined) {
        if (inFlight === undefined) begin();
        await inFlight;
      }
    },
  };
};
