// Measurements reach the database in batches, and a database that is away costs only bounded memory.
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createTcpProxy, type TcpProxy } from '../../processes/tcp-proxy.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createTelemetryWriter } from '../../src/infra/postgres/telemetry-writer.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from '../support/servers/database.ts';

const log = pino({ level: 'silent' });

describe('telemetry writer on PostgreSQL', () => {
  let database: TestDatabase;
  let direct: pg.Pool;
  let proxy: TcpProxy;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    direct = createPool(database.url, { max: 2, log });
    const target = new URL(database.url);
    proxy = await createTcpProxy(Number(target.port));
    target.port = String(proxy.port);
    pool = createPool(target.href, { max: 2, log });
  });
  afterAll(async () => {
    await pool.end();
    await proxy.close();
    await direct.end();
    await database.drop();
  });
  const row = (roomId: string, at: number, participantId = 'p1') =>
    ({ roomId, participantId, kind: 'clock_report', at, data: { rttMs: 12.5, text: '가 "b"' } }) as const;
  const stored = async (roomId: string) =>
    (
      await direct.query<{ at: number }>(
        'SELECT participant_id, kind, at, data FROM telemetry WHERE room_id = $1 ORDER BY id',
        [roomId],
      )
    ).rows;
  const countOf = async (roomId: string) => (await stored(roomId)).length;

  it('writes what was recorded, in order, by itself', async () => {
    const writer = createTelemetryWriter({ pool, log });
    const { roomId } = await seedRoom(direct);
    writer.record(row(roomId, 1.5));
    writer.record(row(roomId, 2.5));
    await eventually('the rows to be written', async () => (await countOf(roomId)) === 2);
    expect(await stored(roomId)).toEqual([
      { participant_id: 'p1', kind: 'clock_report', at: 1.5, data: { rttMs: 12.5, text: '가 "b"' } },
      { participant_id: 'p1', kind: 'clock_report', at: 2.5, data: { rttMs: 12.5, text: '가 "b"' } },
    ]);
    await writer.close();
  });

  it('closing writes what is left', async () => {
    const writer = createTelemetryWriter({ pool, log });
    const { roomId } = await seedRoom(direct);
    for (let at = 0; at < 1_234; at++) writer.record(row(roomId, at));
    await writer.close();
    expect((await stored(roomId)).map(({ at }) => at)).toEqual(Array.from({ length: 1_234 }, (_, at) => at));
  });

  it('a row the database refuses and rows of an erased room harm no other', async () => {
    const writer = createTelemetryWriter({ pool, log });
    const { roomId } = await seedRoom(direct);
    for (const at of [1, 2, 3]) writer.record(row(roomId, at));
    writer.record({ ...row(roomId, 4), data: { text: 'a\u0000b' } });
    writer.record(row('erased', 5));
    writer.record(row(roomId, 6));
    await writer.flush();
    expect((await stored(roomId)).map(({ at }) => at)).toEqual([1, 2, 3, 6]);
    expect(writer.dropped()).toBe(1);
    await writer.close();
  });

  it('the database is away: the newest are kept, the oldest dropped and counted, and written when it is back', async () => {
    const writer = createTelemetryWriter({ pool, log });
    const { roomId } = await seedRoom(direct);
    proxy.refuse(true);
    proxy.cut();
    for (let at = 0; at < 20_100; at++) writer.record(row(roomId, at));
    await writer.flush();
    expect(await countOf(roomId)).toBe(0);
    proxy.refuse(false);
    await writer.close();
    const ats = (await stored(roomId)).map(({ at }) => at);
    const dropped = writer.dropped();
    expect(dropped).toBeGreaterThanOrEqual(100);
    expect(dropped).toBeLessThanOrEqual(1_000);
    expect([ats.length, ats[0], ats.at(-1)]).toEqual([20_100 - dropped, dropped, 20_099]);
    expect(ats.every((at, index) => at === dropped + index)).toBe(true);
  });
});
