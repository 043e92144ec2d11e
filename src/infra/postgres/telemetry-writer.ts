// Measurements on their way to the database: in batches, off the hot path, in bounded memory. They may be lost when the
// database stays away; nothing waits for them and nothing is decided by them.
import type pg from 'pg';
import type { Logger } from 'pino';
import { isUnavailable } from '../../protocol/app-error.ts';
import type { Telemetry } from '../../rooms/ports.ts';

type Row = Parameters<Telemetry['record']>[0];

export interface TelemetryWriter extends Telemetry {
  /** Resolves when what was recorded before has been written, or cannot be now. */
  flush(): Promise<void>;
  /** Rows given up: the oldest when the memory was full, and those the database refuses. */
  dropped(): number;
  /** A last flush, then no more writing. Must come before the pool's `end()`. */
  close(): Promise<void>;
}

const BATCH_ROWS = 500;
const WRITE_AFTER_MS = 1_000;
const MAX_ROWS = 20_000;

// A room erased meanwhile takes its measurements with it.
const INSERT = {
  name: 'telemetry_insert',
  text: `INSERT INTO telemetry (room_id, participant_id, kind, at, data)
    SELECT room, participant, kind, at, data
    FROM ROWS FROM (json_to_recordset($1::json)
      AS ("roomId" text, "participantId" text, kind text, at float8, data jsonb)
    ) WITH ORDINALITY AS row (room, participant, kind, at, data, position)
    WHERE EXISTS (SELECT 1 FROM rooms WHERE rooms.id = room)
    ORDER BY position`,
};

export const createTelemetryWriter = ({
  pool,
  log,
}: {
  readonly pool: pg.Pool;
  readonly log: Logger;
}): TelemetryWriter => {
  let rows: Row[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  const drop = (count: number, why: string): void => {
    dropped += count;
    log.warn({ count, dropped }, why);
  };

  /** A batch at a time: dropping one by one would move all others for each. */
  const forgetOldest = (): void => {
    const before = rows.length;
    while (rows.length > MAX_ROWS) rows.splice(0, BATCH_ROWS);
    if (rows.length < before) drop(before - rows.length, 'measurements were dropped: the database does not take them');
  };

  /** Rejects only when the database cannot be reached; a row it refuses is given up alone. */
  const insert = async (batch: readonly Row[]): Promise<void> => {
    try {
      await pool.query({ ...INSERT, values: [JSON.stringify(batch)] });
    } catch (error) {
      if (isUnavailable(error)) throw error;
      if (batch.length === 1) return drop(1, 'a measurement was refused by the database');
      const middle = batch.length >> 1;
      await insert(batch.slice(0, middle));
      await insert(batch.slice(middle));
    }
  };

  const writeAll = async (): Promise<void> => {
    while (rows.length > 0) {
      const batch = rows.slice(0, BATCH_ROWS);
      rows = rows.slice(BATCH_ROWS);
      try {
        await insert(batch);
      } catch (error) {
        rows = [...batch, ...rows];
        forgetOldest();
        log.warn({ err: error, waiting: rows.length }, 'measurements cannot be written now');
        return;
      }
    }
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (rows.length > 0) schedule();
    });
    return writing;
  };

  const schedule = (): void => {
    if (closed) return;
    timer ??= setTimeout(() => void flush(), WRITE_AFTER_MS);
    timer.unref();
  };

  return {
    record(row) {
      rows.push(row);
      forgetOldest();
      if (rows.length % BATCH_ROWS === 0) void flush();
      else schedule();
    },
    flush,
    dropped: () => dropped,
    async close() {
      closed = true;
      await writing;
      await flush();
      clearTimeout(timer);
    },
  };
};
