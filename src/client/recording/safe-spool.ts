// The spool that takes are written to: IndexedDB while it answers, memory for whatever it does not take (private modes, a full
// disk, storage that hangs or throws). No call waits longer than the limits below, so a voice hardly waits for storage.
import type { LocalTime } from '../clock/local-time.ts';
import { NoAnswer, withinLimit } from '../clock/time-limit.ts';
import { createMemorySpool, openDatabaseSpool, type Spool } from './spool.ts';

export interface SafeSpool extends Spool {
  /** Rejects when the database opened and does not tell. */
  takes: Spool['takes'];
  /** Rejects when the database holds some of them and does not give them: that is not the same as none. */
  chunks: Spool['chunks'];
  /** The database opened after the limit of reading: what earlier page loads left can be read now. Never rejects, may never resolve. */
  readonly openedLate: Promise<void>;
}

const OPEN_LIMIT_MS = 1_000;
const CALL_LIMIT_MS = 800;
/** No voice waits for what earlier page loads left, but the thanks do; an hour of talk is read in a second or two. */
const READ_LIMIT_MS = 5_000;

export const createSafeSpool = (time: LocalTime, open: () => Promise<Spool> = openDatabaseSpool): SafeSpool => {
  const memory = createMemorySpool();
  let database: Spool | undefined;
  /** It stopped answering: nothing is written to it any more, or each chunk would wait for it. */
  let lost = false;
  /** Takes of which the database holds something: without it they are not whole. */
  const inDatabase = new Set<string>();

  const opening = (async () => open())();
  const ready = withinLimit(time, OPEN_LIMIT_MS, () => opening).catch(() => {});
  // An answer that comes later is still good for what comes later.
  opening.then(
    (found) => {
      database = found;
    },
    () => {},
  );
  const openedInTime = withinLimit(time, READ_LIMIT_MS, () => opening);
  const openedLate = new Promise<void>((resolve) => {
    openedInTime.catch(() =>
      opening.then(
        () => resolve(),
        () => {},
      ),
    );
  });

  /** Undefined when the database did not do it. */
  const ask = async <Answer>(
    call: (spool: Spool) => Promise<Answer>,
  ): Promise<{ readonly answer: Answer } | undefined> => {
    await ready;
    const asked = database;
    if (!asked || lost) return undefined;
    try {
      return { answer: await withinLimit(time, CALL_LIMIT_MS, () => call(asked)) };
    } catch (error) {
      lost ||= error instanceof NoAnswer;
      return undefined;
    }
  };

  const read = <Answer>(from: Spool, call: (spool: Spool) => Promise<Answer>): Promise<Answer> =>
    withinLimit(time, READ_LIMIT_MS, () => call(from));

  return {
    openedLate,
    async putTake(take) {
      // Small, and the newest: the database's may be older once it has stopped answering.
      await memory.putTake(take);
      await ask((spool) => spool.putTake(take));
    },
    async putChunk(chunk) {
      if (await ask((spool) => spool.putChunk(chunk))) inDatabase.add(chunk.takeId);
      else await memory.putChunk(chunk);
    },
    async takes(owner) {
      const newest = await memory.takes(owner);
      const known = new Set(newest.map(({ takeId }) => takeId));
      const found = await openedInTime.catch(() => database);
      const stored = found ? await read(found, (spool) => spool.takes(owner)) : [];
      for (const { takeId } of stored) inDatabase.add(takeId);
      return [...newest, ...stored.filter(({ takeId }) => !known.has(takeId))];
    },
    async chunks(takeId) {
      const stored = database && inDatabase.has(takeId) ? await read(database, (spool) => spool.chunks(takeId)) : [];
      const byIndex = new Map([...stored, ...(await memory.chunks(takeId))].map((chunk) => [chunk.index, chunk]));
      return [...byIndex.values()].toSorted((a, b) => a.index - b.index);
    },
    async deleteChunk(takeId, index) {
      await memory.deleteChunk(takeId, index);
      await ask((spool) => spool.deleteChunk(takeId, index));
    },
    async deleteTake(takeId) {
      await memory.deleteTake(takeId);
      await ask((spool) => spool.deleteTake(takeId));
    },
  };
};
