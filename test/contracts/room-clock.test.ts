// A worker on the room clock: of a server whose clock is elsewhere, on a database whose clock is elsewhere again.
import type pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { incarnationOf } from '../../src/infra/postgres/incarnation.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { followRoomClock, publishRoomClock } from '../../src/infra/postgres/room-clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const log = pino({ level: 'silent' });
const NEAR_MS = 2_000;

describe('room clock through PostgreSQL', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 2, log });
    await incarnationOf(pool);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it.each([3_600_000, -3_600_000, 0])(
    '[NO14] a worker goes by the clock of the server, %i ms from its own',
    async (skew) => {
      const serverNow = () => Date.now() + skew;
      onTestFinished(await publishRoomClock(pool, serverNow, log));
      // Its own monotonic clock began somewhere, as on another machine.
      const followed = await followRoomClock(pool, log, () => performance.now() + 12_345_678);
      onTestFinished(followed.close);
      expect(Math.abs(followed.clock.now() - serverNow())).toBeLessThan(NEAR_MS);
    },
  );

  it('[NO14] two servers whose clocks agree do not write in turns', async () => {
    const row = async () => (await pool.query('SELECT xmin::text FROM incarnation')).rows[0].xmin;
    onTestFinished(await publishRoomClock(pool, () => Date.now() + 500_000, log));
    const written = await row();
    onTestFinished(await publishRoomClock(pool, () => Date.now() + 500_010, log));
    expect(await row()).toBe(written);
  });

  it('a database without a server yet', async () => {
    await pool.query('DELETE FROM incarnation');
    const followed = await followRoomClock(pool, log);
    onTestFinished(followed.close);
    expect(Math.abs(followed.clock.now() - Date.now())).toBeLessThan(NEAR_MS);
  });
});
