// Which processes count as alive, on PostgreSQL.
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeRegistry } from '../../src/infra/postgres/node-registry.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import type { NodeRegistry } from '../../src/rooms/ports.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('node registry on PostgreSQL', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 2, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  const registry = (): NodeRegistry => createNodeRegistry({ pool, deadAfterMs: 10_000 });

  it('a process that beats in time is alive and not among the expired', async () => {
    const nodes = registry();
    for (const at of [1_000, 4_000, 13_999.5]) expect(await nodes.beat('steady', at)).toBe(true);
    expect(await nodes.expired(13_999.5)).not.toContain('steady');
    expect(await nodes.expired(14_000)).toContain('steady');
  });

  it('a process that was away too long learns of it, again and again until it has removed itself', async () => {
    const nodes = registry();
    await nodes.beat('paused', 1_000);
    expect(await nodes.beat('paused', 11_001)).toBe(false);
    expect(await nodes.beat('paused', 11_002)).toBe(false);
    expect(await nodes.expired(11_000)).toContain('paused');
    await nodes.remove('paused');
    expect(await nodes.expired(11_000)).not.toContain('paused');
    expect(await nodes.beat('paused', 12_000)).toBe(true);
  });

  it('a process that others have buried learns of it although it is in time', async () => {
    const [own, other] = [registry(), registry()];
    await own.beat('buried', 1_000);
    await other.remove('buried');
    expect(await own.beat('buried', 2_000)).toBe(false);
    await own.remove('buried');
    expect(await own.beat('buried', 3_000)).toBe(true);
  });
});
