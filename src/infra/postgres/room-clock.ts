// Hands the room clock to workers. A server writes into the database how far its room clock is ahead of the database's clock; a
// worker adds that to the database's clock, and needs neither Redis nor a correct clock of its own. So a worker decides by the same
// time as the rooms (uploads that are over, the next try). It may step: no room runs on it.
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../../rooms/ports.ts';

const EVERY_MS = 5_000;
/** Below it lies the way to the database and back; nodes that follow one time differ by less and need not correct each other. */
const WORTH_TELLING_MS = 100;

/** @returns what ends it. The first is there when it resolves. */
export const publishRoomClock = async (pool: pg.Pool, now: () => number, log: Logger): Promise<() => void> => {
  const publish = async (): Promise<void> => {
    await pool.query(
      `UPDATE incarnation SET room_clock_ahead_ms = ahead
       FROM (SELECT $1::float8 - extract(epoch FROM clock_timestamp())::float8 * 1000 AS ahead) AS told
       WHERE abs(room_clock_ahead_ms - ahead) > $2`,
      [now(), WORTH_TELLING_MS],
    );
  };
  await publish();
  const timer = setInterval(() => {
    publish().catch((error: unknown) =>
      log.debug({ err: error }, 'the room clock could not be published to the workers'),
    );
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
};

export interface FollowedRoomClock {
  readonly clock: Clock;
  close(): void;
}

/** Rejects when the database cannot be asked the first time; later it goes on by itself. */
export const followRoomClock = async (
  pool: pg.Pool,
  log: Logger,
  monotonic: () => number = () => performance.now(),
): Promise<FollowedRoomClock> => {
  let offset: number | undefined;
  const look = async (): Promise<void> => {
    const askedAt = monotonic();
    const { rows } = await pool.query<{ at: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 + room_clock_ahead_ms AS at FROM incarnation',
    );
    const answeredAt = monotonic();
    // No server has ever run here, so there is no room.
    const theirs = rows[0]?.at ?? Date.now();
    const seen = theirs - (askedAt + answeredAt) / 2;
    if (offset !== undefined && Math.abs(seen - offset) <= WORTH_TELLING_MS + (answeredAt - askedAt)) return;
    if (offset !== undefined)
      log.warn({ byMs: Math.round(seen - offset) }, 'the room clock has changed: this worker follows it');
    offset = seen;
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, 'the room clock could not be asked'));
  }, EVERY_MS);
  timer.unref();
  return {
    clock: { now: () => (offset ?? 0) + monotonic(), monotonic },
    close: () => clearInterval(timer),
  };
};
