// Which processes count as alive, on PostgreSQL.
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTcpProxy } from '../../processes/tcp-proxy.ts';
import { createNodeRegistry } from '../../src/infra/postgres/node-registry.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import type { NodeRegistry } from '../../src/rooms/presence/ports.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

describe('node registry on PostgreSQL', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let registry: NodeRegistry;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 2, log: pino({ level: 'silent' }) });
    registry = createNodeRegistry({ pool });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('every beat changes the mark of its own process and of no other', async () => {
    for (const id of ['steady', 'other']) await registry.register(id);
    const first = await registry.beat('steady');
    const second = await registry.beat('other');
    const third = await registry.beat('other');
    expect(second.get('steady')).toBe(third.get('steady'));
    expect(first.get('other')).not.toBe(second.get('other'));
    expect(second.get('other')).not.toBe(third.get('other'));
  });

  it('registering again, when the first answer was lost, keeps the process in the list', async () => {
    await registry.register('again');
    await registry.register('again');
    expect((await registry.beat('again')).has('again')).toBe(true);
  });

  it('a node that is declared dead is missing from the list, and its beat does not bring it back', async () => {
    await registry.register('dead');
    const mark = (await registry.beat('dead')).get('dead') ?? Number.NaN;
    expect(await registry.declareDead('dead', mark)).toBe(true);
    expect(await registry.declareDead('dead', mark)).toBe(false);
    expect((await registry.beat('dead')).has('dead')).toBe(false);
    expect((await registry.listed()).has('dead')).toBe(false);
    expect((await registry.listed()).has('again')).toBe(true);
  });

  it('a node whose mark has changed is not declared dead', async () => {
    await registry.register('late');
    const mark = (await registry.beat('late')).get('late') ?? Number.NaN;
    await registry.beat('late');
    expect(await registry.declareDead('late', mark)).toBe(false);
    await registry.remove('late');
    expect((await registry.beat('steady')).has('late')).toBe(false);
  });

  it('a connection that leads nowhere is given up before the others take this process for dead', async () => {
    const target = new URL(database.url);
    const proxy = await createTcpProxy(Number(target.port), target.hostname);
    target.hostname = '127.0.0.1';
    target.port = String(proxy.port);
    const far = createPool(target.href, { max: 1, log: pino({ level: 'silent' }) });
    try {
      const beating = createNodeRegistry({ pool: far });
      await beating.register('far');
      proxy.strand();
      await expect(beating.beat('far')).rejects.toThrow();
      expect((await beating.beat('far')).has('far')).toBe(true);
    } finally {
      await far.end();
      await proxy.close();
    }
  }, 7_000);
});
