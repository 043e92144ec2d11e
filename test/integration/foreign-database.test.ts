// A database that somebody else has made: its settings reach nobody, and one that cannot be worked on is refused before
// anything is written to it. (All other tests run on hostile settings too: test/support/servers/database.ts.)
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createJournal } from '../../src/infra/postgres/journal.ts';
import { migrate } from '../../src/infra/postgres/migrate.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createRoomStore } from '../../src/infra/postgres/room-store.ts';
import { SESSION_SETTINGS } from '../../src/infra/postgres/session-settings.ts';
import { createStudyStore } from '../../src/infra/postgres/study-store.ts';
import { createTestDatabase, seedRoom } from '../support/servers/database.ts';
import { query } from '../support/servers/kept-row.ts';

const log = pino({ level: 'silent' });
const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

const newDatabase = async (...options: Parameters<typeof createTestDatabase>) => {
  const database = await createTestDatabase(...options);
  onTestFinished(() => database.drop());
  return database;
};
const newPool = (url: string) => {
  const pool = createPool(url, { max: 2, log });
  onTestFinished(() => pool.end());
  return pool;
};

describe('settings of the database', () => {
  it('[DB1] none of them reaches a connection of ours', async () => {
    const { url } = await newDatabase();
    // The witness: a client that does not say what it wants gets what the database says.
    const raw = new pg.Client({ connectionString: url });
    await raw.connect();
    const said = await raw.query('SHOW timezone');
    await raw.end();
    expect(said.rows).toEqual([{ TimeZone: 'Asia/Seoul' }]);

    const pool = newPool(url);
    // Set by the pool itself, above what all connections have.
    const bounded = /^(statement|idle_in_transaction_session)_timeout$/;
    for (const [name, value] of Object.entries(SESSION_SETTINGS)) {
      const { rows } = await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
      const expected = bounded.test(name) ? '10s' : value.replace(',', ', ');
      expect([name, rows[0]?.value]).toEqual([name, expected]);
    }
  });

  it('[DB1] an instant is the same whoever writes or reads it, the ORM or SQL', async () => {
    const { url } = await newDatabase();
    const pool = newPool(url);
    const prisma = createPrisma(pool);
    const journal = createJournal({ pool, clock, log });
    onTestFinished(() => journal.close());
    const rooms = createRoomStore(prisma);
    const createdAt = Date.UTC(2026, 2, 29, 1, 30, 0, 123);
    const made = await seedRoom(pool, { createdAt });
    const id = 'written-by-the-orm';
    const room = { id, code: 'orm', studyId: made.studyId, studyVersion: 1, phase: 'waiting', page: 0 } as const;
    await rooms.add([{ ...room, createdAt, expiresAt: createdAt + 3_600_000 }]);

    for (const roomId of [id, made.roomId]) {
      expect((await journal.definition(roomId))?.createdAt).toBe(createdAt);
      expect((await rooms.get(roomId))?.createdAt).toBe(createdAt);
      const { rows } = await pool.query(
        'SELECT extract(epoch FROM created_at)::float8 * 1000 AS at FROM rooms WHERE id = $1',
        [roomId],
      );
      expect(rows).toEqual([{ at: createdAt }]);
    }
    const study = await createStudyStore(prisma).get(made.studyId);
    expect(Math.abs((study?.createdAt ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it('[DB1] tables are made where the ORM looks for them, whatever the search path', async () => {
    const { url } = await newDatabase({ empty: true, settings: { search_path: 'elsewhere, public' } });
    await query(url, 'CREATE SCHEMA elsewhere');
    await migrate(url, MIGRATIONS);
    expect(
      await query(url, `SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('rooms', '_prisma_migrations')`),
    ).toEqual([{ schemaname: 'public' }]);
  });
});

describe('a database that cannot be worked on', () => {
  it.each([
    ['LATIN1', { encoding: 'LATIN1', settings: {} }, /encoding is LATIN1.*ENCODING 'UTF8'/],
    ['EUC_KR', { encoding: 'EUC_KR', settings: {} }, /encoding is EUC_KR.*ENCODING 'UTF8'/],
    ['read-only', { empty: true, settings: { default_transaction_read_only: 'on' } }, /read-only.*RESET/],
  ])('[DB2] %s: refused in one line, and nothing is written to it', async (_, options, said) => {
    const { url } = await newDatabase(options);
    const refusal: unknown = await migrate(url, MIGRATIONS).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'database_unusable', message: expect.stringMatching(said) });
    expect((refusal as Error).message).not.toContain('\n');
    expect(await query(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  it('[DB2] one without an encoding keeps every character', async () => {
    const { url } = await newDatabase({ encoding: 'SQL_ASCII', settings: {} });
    await migrate(url, MIGRATIONS);
    const pool = newPool(url);
    const title = '토론 é 😀';
    const { studyId } = await seedRoom(pool, { content: { title, pages: [{ title, questions: [] }] } });
    expect((await createStudyStore(createPrisma(pool)).get(studyId))?.content.title).toBe(title);
  });
});
