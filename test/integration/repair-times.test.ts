// A database that the version before has written in another time zone is put right by a command, once, and only where it was
// wrong. The rows are written by that version itself.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi } from '../../src/client/index.ts';
import { migrate } from '../../src/infra/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { query } from '../support/servers/kept-row.ts';
import { buildOfCommit, missingCommit } from '../support/servers/other-builds.ts';

const FORMER = 'c7afaf3';
const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = join(ROOT, 'prisma/migrations');
const NEAR_MS = 120_000;
const STUDY = { title: 'Times', pages: [{ title: 'One' }] };
const reason = missingCommit(FORMER);

const INSTANTS = `SELECT 'rooms' AS what, extract(epoch FROM created_at)::float8 * 1000 AS at FROM rooms
  UNION ALL SELECT 'expiry', extract(epoch FROM expires_at)::float8 * 1000 - 3600000 FROM rooms
  UNION ALL SELECT 'studies', extract(epoch FROM created_at)::float8 * 1000 FROM studies
  UNION ALL SELECT 'updated', extract(epoch FROM updated_at)::float8 * 1000 FROM studies
  UNION ALL SELECT 'versions', extract(epoch FROM created_at)::float8 * 1000 FROM study_versions
  UNION ALL SELECT 'keys', extract(epoch FROM created_at)::float8 * 1000 FROM api_keys`;

describe.each(['Asia/Seoul', 'America/Los_Angeles'])(
  `instants written in %s${reason ? ` (skipped: ${reason})` : ''}`,
  (zone) => {
    let database: TestDatabase;
    let from: number;
    let former: ReturnType<typeof buildOfCommit>;

    const write = async (server: RunningServer): Promise<void> => {
      const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
      const study = await api.createStudy({ ...STUDY, settings: { roomTtlMinutes: 60 } });
      await api.createRooms(study.id, { count: 2 });
      await fetch(`${server.url}/api/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.researcherKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'a key' }),
      });
      await server.stop();
    };
    const repair = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/repair-times.ts', ...args], {
        cwd: ROOT,
        env: { PATH: process.env.PATH, DATABASE_URL: database.url },
        encoding: 'utf8',
      });
      return { status, said: stdout + stderr };
    };
    const wrong = async () => {
      const rows = await query<{ what: string; at: number }>(database.url, INSTANTS);
      expect(new Set(rows.map(({ what }) => what)).size).toBe(6);
      return rows.filter(({ at }) => at < from - NEAR_MS || at > Date.now() + NEAR_MS);
    };

    beforeAll(async () => {
      if (reason) return;
      from = Date.now();
      database = await createTestDatabase({ empty: true, settings: { timezone: zone } });
      former = buildOfCommit(FORMER);
      const env = { DATABASE_URL: database.url, ROLE: 'server', LOG_LEVEL: 'warn' };
      await write(await spawnServer({ env, command: former.command, cwd: former.folder }));
      await migrate(database.url, MIGRATIONS);
      await write(await spawnServer({ env }));
    }, 120_000);
    afterAll(async () => {
      former?.remove();
      await database?.drop();
    });

    it.skipIf(reason)(
      '[DB4] are shown, then put right once; what was right stays',
      async () => {
        // What the version before wrote: 2 rooms and their expiry, a study twice, its version, a key.
        expect(await wrong()).toHaveLength(8);
        const shown = repair('--zone', zone);
        expect(shown.said).toMatch(/rooms\.expires_at: 2 rows\n {4}\S+: \S+ \S+Z becomes \S+ \S+Z/);
        expect(shown.said).toMatch(/api_keys\.created_at: 1 rows/);
        expect(shown.said).toMatch(/Nothing was changed/);
        expect(await wrong()).toHaveLength(8);

        expect(repair('--zone', 'KST-9')).toMatchObject({ status: 1, said: expect.stringMatching(/no time zone/) });
        expect(repair()).toMatchObject({ status: 2 });
        const [before] = await query<{ id: string }>(database.url, 'SELECT id FROM incarnation');
        expect(repair('--zone', zone, '--apply')).toMatchObject({ status: 0 });
        expect(await wrong()).toEqual([]);
        expect(await query(database.url, 'SELECT id FROM incarnation')).not.toEqual([before]);

        expect(repair('--zone', zone, '--apply').said).toMatch(/nothing to repair/);
        expect(await wrong()).toEqual([]);
      },
      60_000,
    );
  },
);
