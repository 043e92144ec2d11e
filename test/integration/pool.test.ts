// Connections break; the process does not. And one database has one id, whoever asks first.
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../processes/tcp-proxy.ts';
import { incarnationOf } from '../../src/infra/postgres/incarnation.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { isUnavailable } from '../../src/protocol/app-error.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from '../support/servers/database.ts';

const log = pino({ level: 'silent' });

describe('pool', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    const target = new URL(database.url);
    proxy = await createTcpProxy(Number(target.port));
    target.port = String(proxy.port);
    pool = createPool(target.href, { max: 4, log });
  });
  afterAll(async () => {
    await pool.end();
    await proxy.close();
    await database.drop();
  });

  it('survives broken connections, idle, checked out and in a query', async () => {
    const idle = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of idle) client.release();
    const held = await pool.connect();
    const running = pool.query('SELECT pg_sleep(5)').catch((error: unknown) => error);
    const lost = new Promise((resolve) => held.once('end', resolve));
    proxy.cut();
    await lost;
    expect(isUnavailable(await running)).toBe(true);
    held.release(true);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('what cannot be reached is told apart from what is wrong, through Prisma too', async () => {
    const prisma = createPrisma(pool);
    expect(isUnavailable(await pool.query('SELECT nonsense').catch((error: unknown) => error))).toBe(false);
    const { studyId } = await seedRoom(pool);
    expect((await prisma.study.findUnique({ where: { id: studyId } }))?.version).toBe(1);
    const twice = await prisma.study.create({ data: { id: studyId, version: 1 } }).catch((error: unknown) => error);
    expect(twice).toBeInstanceOf(Error);
    expect(isUnavailable(twice)).toBe(false);
    proxy.refuse(true);
    proxy.cut();
    expect(isUnavailable(await pool.query('SELECT 1').catch((error: unknown) => error))).toBe(true);
    expect(isUnavailable(await prisma.study.findMany().catch((error: unknown) => error))).toBe(true);
    proxy.refuse(false);
    expect(await prisma.study.count()).toBe(1);
    await prisma.$disconnect();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('the id of a database is made once and stays', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => incarnationOf(pool)));
    expect(new Set(ids).size).toBe(1);
    expect(await incarnationOf(pool)).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});
