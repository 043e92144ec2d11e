// The hot rooms on a real Redis and on a Redis Cluster: the same contract, and what they must do when Redis fails.
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import {
  type RedisCluster,
  type RedisServer,
  startRedisCluster,
  startRedisServer,
} from '../../processes/redis-server.ts';
import { createTcpProxy } from '../../processes/tcp-proxy.ts';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connection/connect-redis.ts';
import { createSharedCopies } from '../../src/infra/redis/copies/shared-copies.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import type { RoomCopies } from '../../src/rooms/copies/ports.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { definitionOf, describeRoomCopies, roomAt } from './room-copies.contract.ts';

const log = pino({ level: 'silent' });
const connections: RedisConnection[] = [];

const connect = async (url: string): Promise<RedisConnection> => {
  const redis = await connectRedis({ url, log });
  connections.push(redis);
  return redis;
};

const copiesOn = async (url: string, incarnation: string = crypto.randomUUID()) => {
  const redis = await connect(url);
  return { redis, copies: createSharedCopies({ redis, keys: createRoomKeys(incarnation), log, definitionOf }) };
};

const answersWithin = async (ms: number, work: () => Promise<unknown>): Promise<void> => {
  const begun = performance.now();
  await work();
  expect(performance.now() - begun).toBeLessThan(ms);
};

const storesAgain = (copies: RoomCopies): Promise<unknown> =>
  eventually('hot rooms are kept again', async () => {
    await copies.put(roomAt('after', 1));
    return (await copies.get('after')) !== undefined;
  });

afterEach(async () => {
  await Promise.all(connections.splice(0).map((redis) => redis.close()));
});

describeWithRedis('hot rooms in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  describeRoomCopies('Redis', async () => (await copiesOn(server.url)).copies);

  it('[ST12] keep the highest of 1,000 versions put at once over two connections', async () => {
    const one = await copiesOn(server.url, 'race');
    const other = await copiesOn(server.url, 'race');
    const versions = Array.from({ length: 1_000 }, (_, index) => ((index * 7_919) % 1_000) + 1);
    await Promise.all(versions.map((version, index) => (index % 2 ? one : other).copies.put(roomAt('a', version))));
    expect((await one.copies.get('a'))?.version).toBe(1_000);
  });

  it('leave no key without an end', async () => {
    const { copies } = await copiesOn(server.url);
    await Promise.all(Array.from({ length: 20 }, (_, index) => copies.put(roomAt(`room-${index}`, 1))));
    await copies.get('room-1');
    const keys = (await server.command('KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThanOrEqual(20);
    for (const key of keys) {
      expect(key).toMatch(/^tri:\{[^{}]+\}:[^{}]+$/);
      expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
    }
  });

  it('[ST27] hold what has become of a room and not its study', async () => {
    const { copies } = await copiesOn(server.url, 'study');
    const { definition, ...state } = roomAt('a', 5);
    const content = { ...definition.content, title: 'x'.repeat(100_000) };
    await copies.put({ ...state, definition: { ...definition, content } });
    expect(Number(await server.command('STRLEN', createRoomKeys('study').state('a')))).toBeLessThan(1_000);
    expect(await copies.get('a')).toEqual(roomAt('a', 5));
  });

  it('of two incarnations of the database do not meet', async () => {
    const before = await copiesOn(server.url, 'before');
    const restored = await copiesOn(server.url, 'restored');
    await before.copies.put(roomAt('a', 9));
    expect(await restored.copies.get('a')).toBeUndefined();
    await restored.copies.put(roomAt('a', 2));
    expect((await restored.copies.get('a'))?.version).toBe(2);
    expect((await before.copies.get('a'))?.version).toBe(9);
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    ['a higher version without a room', () => '99 x {}'],
    ['one changed letter', (value: string) => value.replace('waiting', 'waitinG')],
    ['half of it', (value: string) => value.slice(0, value.length / 2)],
    ['another version in front', (value: string) => value.replace(/^\d+/, '99')],
  ])('do not believe a damaged value (%s), and it does not last', async (_, damage) => {
    const { copies } = await copiesOn(server.url, 'damage');
    const key = createRoomKeys('damage').state('a');
    await copies.put(roomAt('a', 5));
    await server.command('SET', key, damage(String(await server.command('GET', key))));
    expect(await copies.get('a')).toBeUndefined();
    await copies.put(roomAt('a', 5));
    expect(await copies.get('a')).toEqual(roomAt('a', 5));
    await copies.delete('a');
  });

  it('take the place of something else under their name', async () => {
    const { copies } = await copiesOn(server.url, 'other');
    await server.command('RPUSH', createRoomKeys('other').state('a'), 'a list');
    expect(await copies.get('a')).toBeUndefined();
    await copies.put(roomAt('a', 5));
    expect((await copies.get('a'))?.version).toBe(5);
  });

  it('begin anew after FLUSHALL', async () => {
    const { copies } = await copiesOn(server.url);
    await copies.put(roomAt('a', 5));
    await server.flushAll();
    expect(await copies.get('a')).toBeUndefined();
    await copies.put(roomAt('a', 4));
    expect((await copies.get('a'))?.version).toBe(4);
  });

  it('are missing while Redis is gone, and are kept again after its restart', async () => {
    const { redis, copies } = await copiesOn(server.url);
    await copies.put(roomAt('a', 5));
    await server.kill('SIGKILL');
    await answersWithin(350, async () => {
      await copies.put(roomAt('a', 6));
    });
    await answersWithin(350, async () => expect(await copies.get('a')).toBeUndefined());
    await copies.delete('a');
    expect(redis.isUp()).toBe(false);
    await server.restart();
    await storesAgain(copies);
    expect(redis.isUp()).toBe(true);
  });

  it('wait for a frozen Redis once, not once per call, and pile nothing up', async () => {
    const { copies } = await copiesOn(server.url);
    await copies.put(roomAt('a', 5));
    server.pause();
    try {
      await answersWithin(350, async () => expect(await copies.get('a')).toBeUndefined());
      await answersWithin(200, async () => {
        for (let version = 6; version < 106; version += 1) await copies.put(roomAt('a', version));
      });
    } finally {
      server.resume();
    }
    await storesAgain(copies);
    // And not as it was before.
    await eventually('the room is gone', async () => (await copies.get('a')) === undefined);
  });

  it('outlive cut, refused, slow and silent connections', async () => {
    const proxy = await createTcpProxy(server.port);
    try {
      const { copies } = await copiesOn(`redis://127.0.0.1:${proxy.port}`);
      await storesAgain(copies);
      proxy.cut();
      await copies.put(roomAt('a', 1));
      await storesAgain(copies);
      proxy.refuse(true);
      proxy.cut();
      await answersWithin(350, () => copies.get('a'));
      proxy.refuse(false);
      await storesAgain(copies);
      proxy.delay(500);
      await answersWithin(350, async () => expect(await copies.get('after')).toBeUndefined());
      proxy.delay(0);
      await storesAgain(copies);
      proxy.mute(true);
      await answersWithin(350, async () => expect(await copies.get('after')).toBeUndefined());
      proxy.mute(false);
      await storesAgain(copies);
    } finally {
      await proxy.close();
    }
  }, 20_000);

  it.each([
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ] as const)(
    'are missing while Redis %s, which is told once',
    async (_, [name, ...spoil], [, ...repair]) => {
      const lines: string[] = [];
      const redis = await connectRedis({
        url: server.url,
        log: pino({}, { write: (line: string) => lines.push(line) }),
      });
      connections.push(redis);
      const telling = pino({}, { write: (line: string) => lines.push(line) });
      const copies = createSharedCopies({ redis, keys: createRoomKeys('spoilt'), log: telling, definitionOf });
      await server.command(name, ...spoil);
      try {
        for (let version = 1; version <= 10; version += 1) {
          await copies.put(roomAt('a', version));
          await eventually('Redis is asked again', () => redis.isUp());
        }
        expect(await copies.get('a')).toBeUndefined();
        expect(lines.filter((line) => line.includes('Redis is away'))).toHaveLength(1);
        expect(lines.filter((line) => line.includes('refused'))).toEqual([]);
      } finally {
        await server.command(name, ...repair);
      }
      await storesAgain(copies);
    },
    20_000,
  );

  it('can begin before Redis does, or while it is frozen', async () => {
    const late = await startRedisServer();
    try {
      await late.kill();
      const { copies } = await copiesOn(late.url);
      expect(await copies.get('a')).toBeUndefined();
      await late.restart();
      await storesAgain(copies);
      late.pause();
      let begun: Awaited<ReturnType<typeof copiesOn>> | undefined;
      await answersWithin(1_500, async () => {
        begun = await copiesOn(late.url);
      });
      late.resume();
      if (begun) await storesAgain(begun.copies);
    } finally {
      await late.stop();
    }
  });
});

describeWithRedis('hot rooms in a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  describeRoomCopies('Redis Cluster', async () => (await copiesOn(cluster.url)).copies);

  it('lie on all nodes, each room in one place', async () => {
    const { copies } = await copiesOn(cluster.url);
    await Promise.all(Array.from({ length: 60 }, (_, index) => copies.put(roomAt(`room-${index}`, 1))));
    for (const node of cluster.nodes) expect(Number(await node.command('DBSIZE'))).toBeGreaterThan(5);
  });

  it('can begin while all of it is frozen', async () => {
    for (const node of cluster.nodes) node.pause();
    let begun: Awaited<ReturnType<typeof copiesOn>> | undefined;
    try {
      await answersWithin(3_000, async () => {
        begun = await copiesOn(cluster.url);
        expect(await begun.copies.get('a')).toBeUndefined();
      });
    } finally {
      for (const node of cluster.nodes) node.resume();
    }
    if (begun) await storesAgain(begun.copies);
  }, 30_000);

  it('are missing while one of the nodes is frozen or gone, and are kept again', async () => {
    const { copies } = await copiesOn(cluster.url);
    const [, , third] = cluster.nodes;
    if (!third) throw new Error('the cluster has three nodes');
    const rooms = Array.from({ length: 30 }, (_, index) => `room-${index}`);
    const keepsAll = () =>
      eventually('all nodes keep rooms', async () => {
        await Promise.all(rooms.map((roomId) => copies.put(roomAt(roomId, 1))));
        return (await Promise.all(rooms.map((roomId) => copies.get(roomId)))).every(Boolean);
      });
    await keepsAll();
    third.pause();
    await answersWithin(400, () => Promise.all(rooms.map((roomId) => copies.get(roomId))));
    third.resume();
    await keepsAll();
    await third.kill();
    await answersWithin(400, () => Promise.all(rooms.map((roomId) => copies.put(roomAt(roomId, 2)))));
    await third.restart();
    await keepsAll();
  }, 30_000);
});
