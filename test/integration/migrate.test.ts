// Migrations at start: applied once, by one, completely or not at all, and never to a database of a newer version.
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/infra/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { query } from '../support/servers/kept-row.ts';

const PROJECT_MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');

describe('migrate', () => {
  let folder: string;
  let database: TestDatabase;
  let known: string[];
  beforeAll(async () => {
    known = (await readdir(PROJECT_MIGRATIONS)).sort();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trialogue-migrations-'));
    await cp(PROJECT_MIGRATIONS, folder, { recursive: true });
    database = await createTestDatabase({ empty: true });
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  afterAll(() => expect(known.length).toBeGreaterThan(0));

  const add = async (name: string, sql: string) => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'migration.sql'), sql);
  };
  const history = () =>
    query<{ migration_name: string; checksum: string; finished: boolean; steps: number }>(
      database.url,
      `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count AS steps
       FROM _prisma_migrations ORDER BY migration_name`,
    );

  it('applies all in order to an empty database, and nothing the second time', async () => {
    expect(await migrate(database.url, folder)).toEqual(known);
    expect(await migrate(database.url, folder)).toEqual([]);
    const rows = await history();
    expect(rows.map((row) => row.migration_name)).toEqual(known);
    for (const { migration_name, checksum, finished, steps } of rows) {
      const sql = await readFile(join(folder, migration_name, 'migration.sql'));
      expect({ checksum, finished, steps }).toEqual({
        checksum: createHash('sha256').update(sql).digest('hex'),
        finished: true,
        steps: 1,
      });
    }
    expect(await query(database.url, 'SELECT count(*)::int AS rooms FROM rooms')).toEqual([{ rooms: 0 }]);
  });

  it('servers that start at once apply each migration once', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, folder)));
    expect(applied.flat().sort()).toEqual(known);
    expect(await history()).toHaveLength(known.length);
  });

  it('a new migration is applied on top of the old ones', async () => {
    await migrate(database.url, folder);
    await add('9998_next', 'CREATE TABLE fresh (id INT); CREATE INDEX fresh_id ON fresh (id);');
    expect(await migrate(database.url, folder)).toEqual(['9998_next']);
    expect(await query(database.url, 'SELECT count(*)::int AS rows FROM fresh')).toEqual([{ rows: 0 }]);
  });

  it('a failing migration leaves nothing of itself, and can be corrected', async () => {
    await add('9998_broken', 'CREATE TABLE half (id INT); SELECT nonsense();');
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/9998_broken.*nonsense/),
    });
    expect((await history()).map((row) => row.migration_name)).toEqual(known);
    expect(await query(database.url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    await add('9998_broken', 'CREATE TABLE half (id INT);');
    expect(await migrate(database.url, folder)).toEqual(['9998_broken']);
  });

  it('[ST11] an applied migration that has changed stops the start', async () => {
    await migrate(database.url, folder);
    const name = known[0] ?? '';
    await add(name, `${await readFile(join(folder, name, 'migration.sql'), 'utf8')}\n-- changed`);
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: 'migration_mismatch',
      message: expect.stringContaining(name),
    });
  });

  it('a database of a newer version is refused and left alone', async () => {
    await add('9999_future', 'CREATE TABLE future (id INT)');
    await migrate(database.url, folder);
    await rm(join(folder, '9999_future'), { recursive: true });
    await add('9998_ours', 'CREATE TABLE ours (id INT)');
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: 'migration_mismatch',
      message: expect.stringMatching(/9999_future.*newer version/),
    });
    expect(await query(database.url, `SELECT to_regclass('ours') AS ours`)).toEqual([{ ours: null }]);
  });

  it('a database that cannot be reached is one readable message', async () => {
    const target = new URL(database.url);
    target.port = '1';
    await expect(migrate(target.href, folder)).rejects.toMatchObject({
      code: 'database_unusable',
      message: expect.stringMatching(/^The database \(DATABASE_URL\) cannot be used: .*127\.0\.0\.1:1/),
    });
  });
});
