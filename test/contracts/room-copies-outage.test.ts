// What becomes of hot rooms that change while Redis is away.
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisServer } from '../../processes/redis-server.ts';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connection/connect-redis.ts';
import { createSharedCopies } from '../../src/infra/redis/copies/shared-copies.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { definitionOf, roomAt } from './room-copies.contract.ts';

const log = pino({ level: 'silent' });

describeWithRedis('hot rooms that change while Redis is away', () => {
  let server: RedisServer;
  const connections: RedisConnection[] = [];
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => {
    await Promise.all(connections.map((redis) => redis.close()));
    await server.stop();
  });

  const node = async () => {
    const redis = await connectRedis({ url: server.url, log });
    connections.push(redis);
    return { redis, copies: createSharedCopies({ redis, keys: createRoomKeys('one'), log, definitionOf }) };
  };

  it('[ST12] are not there as they were before when it is back, and are kept from the next commit on', async () => {
    const { redis, copies } = await node();
    const { copies: elsewhere } = await node();
    for (const roomId of ['changed', 'deleted', 'same']) await copies.put(roomAt(roomId, 5));
    server.pause();
    try {
      await copies.put(roomAt('changed', 6));
      expect(redis.isUp()).toBe(false);
      await copies.put(roomAt('changed', 7));
      await copies.delete('deleted');
    } finally {
      server.resume();
    }
    for (const roomId of ['changed', 'deleted'])
      await eventually(`${roomId} is gone`, async () => (await elsewhere.get(roomId)) === undefined);
    expect((await elsewhere.get('same'))?.version).toBe(5);
    await copies.put(roomAt('changed', 8));
    expect((await elsewhere.get('changed'))?.version).toBe(8);
  });
});
