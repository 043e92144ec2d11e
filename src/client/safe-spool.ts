// The spool that takes are written to: IndexedDB while it answers, memory for whatever it does not take (private modes, a full
// disk, storage that hangs or throws). No call waits longer than the limits below, so a voice never waits for storage.
import type { LocalTime } from './local-time.ts';
import { createMemorySpool, openDatabaseSpool, type Spool } from './spool.ts';
import { NoAnswer, withinLimit } from './time-limit.ts';

export interface SafeSpool extends Spool {
  /** The database opened after its limit: what earlier page loads left can be read now. Never rejects, may never resolve. */
  readonly openedLate: Promise<void>;
}

const OPEN_LIMIT_MS = 1_000;
const CALL_LIMIT_MS = 800;

export const createSafeSpool = (time: LocalTime, open: () => Promise<Spool> = openDatabaseSpool): SafeSpool => {
  const memory = createMemorySpool();
  let database: Spool | undefined;
  /** It stopped answering: asked no more, or each chunk would wait for it. */
  let lost = false;
  let sayLate = () => {};
  const openedLate = new Promise<void>((resolve) => {
    sayLate = resolve;
  });

  const opening = (async () => open())();
  const ready = withinLimit(time, OPEN_LIMIT_MS, () => opening).then(
    (found) => {
      database = found;
    },
    () => {
      // An answer that comes later is still good for what comes later.
      opening.then(
        (found) => {
          database = found;
          sayLate();
        },
        () => {},
      );
    },
  );

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

  return {
    openedLate,
    async putTake(take) {
      // Small, and the newest: the database's may be older once it has stopped answering.
      await memory.putTake(take);
      await ask((spool) => spool.putTake(take));
    },
    async putChunk(chunk) {
      if (!(await ask((spool) => spool.putChunk(chunk)))) await memory.putChunk(chunk);
    },
    async takes(owner) {
      const newest = await memory.takes(owner);
      const known = new Set(newest.map(({ takeId }) => takeId));
      const stored = (await ask((spool) => spool.takes(owner)))?.answer ?? [];
      return [...newest, ...stored.filter(({ takeId }) => !known.has(takeId))];
    },
    async chunks(takeId) {
      const [held, stored] = [await memory.chunks(takeId), await ask((spool) => spool.chunks(takeId))];
      const byIndex = new Map([...(stored?.answer ?? []), ...held].map((chunk) => [chunk.index, chunk]));
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
