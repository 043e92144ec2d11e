// Refused attempts counted in a real Redis by several nodes at once, and what becomes of the count when Redis fails.
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import {
  type RedisCluster,
  type RedisServer,
  startRedisCluster,
  startRedisServer,
} from '../../processes/redis-server.ts';
import { createAttemptLimiter } from '../../src/access/attempt-limiter.ts';
import { ATTEMPT_WINDOW_MS } from '../../src/access/ports.ts';
import { createRedisAttemptLimiter } from '../../src/infra/redis/attempt-limiter.ts';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connection/connect-redis.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { describeAttemptLimiter, guessAtOnce, type LimiterBench } from './attempt-limiter.contract.ts';

const LIMIT = 30;
const log = pino({ level: 'silent' });
const connections: RedisConnection[] = [];

interface NodeOptions {
  readonly limit?: number;
  readonly incarnation?: string;
  readonly secret?: string;
  readonly monotonic?: () => number;
}

/** What one node counts with. */
const nodeOn = async (url: string, options: NodeOptions = {}) => {
  const { limit = LIMIT, incarnation = crypto.randomUUID(), secret = 'a shared secret' } = options;
  const redis = await connectRedis({ url, log });
  connections.push(redis);
  const own = createAttemptLimiter({ limit, monotonic: options.monotonic ?? (() => performance.now()) });
  const keys = createRoomKeys(incarnation);
  return { redis, limiter: createRedisAttemptLimiter({ redis, keys, secret, limit, own, log }) };
};

/** Several nodes of one installation. */
const nodesOn = (url: string, count: number) => {
  const incarnation = crypto.randomUUID();
  return Promise.all(Array.from({ length: count }, () => nodeOn(url, { incarnation })));
};

const keysOf = async (server: RedisServer): Promise<string[]> =>
  ((await server.command('KEYS', '*:refused-joins')) as string[]).sort();

/** Time passes for this node's own count and for every key in Redis. */
const benchOn = async (servers: readonly RedisServer[], url: string, limit: number): Promise<LimiterBench> => {
  let time = 0;
  const { limiter } = await nodeOn(url, { limit, monotonic: () => time });
  return {
    limiter,
    pass: async (ms) => {
      time += ms;
      for (const server of servers) {
        for (const key of await keysOf(server))
          await server.command('PEXPIRE', key, Number(await server.command('PTTL', key)) - ms);
      }
    },
  };
};

const answersWithin = async (ms: number, work: () => Promise<unknown>): Promise<void> => {
  const begun = performance.now();
  await work();
  expect(performance.now() - begun).toBeLessThan(ms);
};

afterEach(async () => {
  await Promise.all(connections.splice(0).map((redis) => redis.close()));
});

describeWithRedis('attempt limiter in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterEach(() => server.flushAll());
  afterAll(() => server.stop());

  describeAttemptLimiter('Redis', (limit) => benchOn([server], server.url, limit));

  it('[JN6] counts no more than the limit of hundreds at once over three nodes', async () => {
    const limiters = (await nodesOn(server.url, 3)).map(({ limiter }) => limiter);
    expect(await guessAtOnce(limiters, 'a', 600)).toBe(LIMIT);
    for (const limiter of limiters) expect(await limiter.waitMs('a')).toBeGreaterThan(0);
    for (const limiter of limiters) expect(await limiter.waitMs('b')).toBe(0);
  });

  it('[JN6] leaves neither an address nor a key without an end in Redis', async () => {
    const { limiter } = await nodeOn(server.url, { incarnation: 'inc' });
    await guessAtOnce([limiter], '203.0.113.77', LIMIT + 5);
    const [key, ...others] = await keysOf(server);
    expect(others).toEqual([]);
    expect(key).toMatch(/^tri:\{inc:[\w-]{43}\}:refused-joins$/);
    expect(await server.command('GET', String(key))).toBe(String(LIMIT));
    const left = Number(await server.command('PTTL', String(key)));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(ATTEMPT_WINDOW_MS);
    // Who has Redis and not the secret cannot try out which address it is.
    const elsewhere = await nodeOn(server.url, { incarnation: 'inc', secret: 'another' });
    expect(await elsewhere.limiter.waitMs('203.0.113.77')).toBe(0);
  });

  it.each([
    ['something else', ['RPUSH', 'a list']],
    ['no number', ['SET', 'many']],
    ['a number without an end', ['SET', '1000']],
  ] as const)('begins anew where the key holds %s', async (_, [name, value]) => {
    const [one, other] = await nodesOn(server.url, 2);
    await one?.limiter.refused('a');
    const [key] = await keysOf(server);
    await server.command('DEL', String(key));
    await server.command(name, String(key), value);
    expect(await other?.limiter.waitMs('a')).toBe(0);
    expect(await guessAtOnce(other ? [other.limiter] : [], 'a', 100)).toBe(LIMIT);
    expect(await one?.limiter.waitMs('a')).toBeGreaterThan(0);
  });

  it('[JN6] remembers on each node what that node refused, also when Redis forgets it', async () => {
    const [one, other] = await nodesOn(server.url, 2);
    if (!one || !other) throw new Error('there are two nodes');
    expect(await guessAtOnce([one.limiter], 'a', 100)).toBe(LIMIT);
    await server.flushAll();
    expect(await guessAtOnce([one.limiter], 'a', 100)).toBe(0);
    expect(await guessAtOnce([other.limiter], 'a', 100)).toBe(LIMIT);
    expect(await one.limiter.waitMs('b')).toBe(0);
  });

  it.each([
    ['frozen', async () => server.pause(), async () => server.resume()],
    ['gone', () => server.kill(), () => server.restart()],
  ])(
    '[JN6] limits guessers on each node while Redis is %s, holds up nobody, and all count together again',
    async (_, breakIt, repair) => {
      const nodes = await nodesOn(server.url, 2);
      const [one, other] = nodes;
      if (!one || !other) throw new Error('there are two nodes');
      await breakIt();
      try {
        await answersWithin(350, async () => expect(await guessAtOnce([one.limiter], 'a', 300)).toBe(LIMIT));
        await answersWithin(350, async () => expect(await guessAtOnce([other.limiter], 'a', 300)).toBe(LIMIT));
        await answersWithin(350, async () => expect(await one.limiter.waitMs('b')).toBe(0));
        expect(one.redis.isUp()).toBe(false);
      } finally {
        await repair();
      }
      await eventually('Redis is back for both', () => nodes.every(({ redis }) => redis.isUp()));
      expect(await guessAtOnce([one.limiter, other.limiter], 'a', 300)).toBe(0);
      expect(await guessAtOnce([one.limiter, other.limiter], 'c', 300)).toBe(LIMIT);
    },
  );
});

describeWithRedis('attempt limiter in a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  describeAttemptLimiter('Redis Cluster', (limit) => benchOn(cluster.nodes, cluster.url, limit));
});
