// Erasing a room with more rows than one statement should touch.
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createRoomStore } from '../../src/infra/postgres/room-store.ts';
import { createTestDatabase, seedRoom } from '../support/servers/database.ts';

it('[ST23] measurements are erased in pieces, so that nobody waits long for the disk or the row of the room', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 3, log: pino({ level: 'silent' }) });
  const prisma = createPrisma(pool);
  onTestFinished(async () => {
    await prisma.$disconnect();
    await pool.end();
    await database.drop();
  });
  const [erased, kept] = [await seedRoom(pool), await seedRoom(pool)];
  await pool.query(
    `INSERT INTO telemetry (room_id, participant_id, kind, at, data)
     SELECT room, 'p', 'link_report', n, '{}' FROM generate_series(1, 12000) n, unnest($1::text[]) room`,
    [[erased.roomId, kept.roomId]],
  );
  await pool.query(`
    CREATE TABLE deletions (rows int);
    CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO deletions SELECT count(*) FROM gone; RETURN NULL; END $$;
    CREATE TRIGGER noted AFTER DELETE ON telemetry REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()`);
  expect(await createRoomStore(prisma).erase(erased.roomId)).toBe(true);
  const { rows } = await pool.query<{ most: number; all: number }>(
    'SELECT max(rows) AS most, sum(rows)::int AS all FROM deletions',
  );
  expect(rows[0]?.all).toBe(12_000);
  expect(rows[0]?.most).toBeLessThanOrEqual(5_000);
  const left = await pool.query<{ room_id: string; n: number }>(
    'SELECT room_id, count(*)::int AS n FROM telemetry GROUP BY room_id',
  );
  expect(left.rows).toEqual([{ room_id: kept.roomId, n: 12_000 }]);
});
