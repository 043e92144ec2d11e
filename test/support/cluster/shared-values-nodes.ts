// Shared values of several nodes on one Redis or Redis Cluster, and what these hold.
import { pino } from 'pino';
import { z } from 'zod';
import { eventually } from '../../../processes/eventually.ts';
import { type RedisServer, startRedisCluster, startRedisServer } from '../../../processes/redis-server.ts';
import { createRoomChannels } from '../../../src/infra/redis/channels/room-channels.ts';
import { connectRedis } from '../../../src/infra/redis/connection/connect-redis.ts';
import { createRoomKeys } from '../../../src/infra/redis/room-keys.ts';
import { createSharedValues } from '../../../src/infra/redis/shared-values/shared-values.ts';

const log = pino({ level: 'silent' });
export const VALUES_NAME = 'numbers';

interface SharedValuesNodeOptions {
  readonly incarnation?: string;
  readonly now?: () => number;
}

/** Whole numbers, shared, on a node of its own. */
export const startSharedValuesNode = async (url: string, options: SharedValuesNodeOptions = {}) => {
  const redis = await connectRedis({ url, log });
  const keys = createRoomKeys(options.incarnation ?? 'one');
  const channels = createRoomChannels({ redis, log });
  const clock = { now: options.now ?? (() => Date.now()) };
  const map = createSharedValues({ redis, channels, keys, clock, log, name: VALUES_NAME, schema: z.int() });
  const changes: [string, string, number | undefined, number | undefined][] = [];
  map.onChange((...change) => changes.push(change));
  return {
    redis,
    keys,
    map,
    changes,
    async watch(roomId: string) {
      const end = map.watch(roomId);
      await map.filled(roomId);
      return end;
    },
    knows: (roomId: string, expected: Record<string, number>) =>
      eventually(`${roomId} is ${JSON.stringify(expected)}`, () => {
        const known = map.of(roomId);
        const names = Object.keys(expected);
        return known.size === names.length && names.every((name) => known.get(name) === expected[name]);
      }),
    /** The connection to a cluster tells of an outage only to who asks. */
    noticesOutage: () =>
      eventually('the outage is noticed', () => {
        redis.ask((client) => client.get('anything')).catch(() => {});
        return !redis.isUp();
      }),
    async close() {
      map.close();
      channels.close();
      await redis.close();
    },
  };
};

export type SharedValuesNode = Awaited<ReturnType<typeof startSharedValuesNode>>;

export interface RedisPlace {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  flushAll(): Promise<void>;
  stop(): Promise<void>;
}

const startSingle = async (): Promise<RedisPlace> => {
  const server = await startRedisServer();
  return { url: server.url, nodes: [server], flushAll: () => server.flushAll(), stop: () => server.stop() };
};

export const REDIS_PLACES: readonly (readonly [string, () => Promise<RedisPlace>])[] = [
  ['Redis', startSingle],
  ['Redis Cluster', startRedisCluster],
];

export const keysOf = async ({ nodes }: RedisPlace): Promise<{ server: RedisServer; key: string }[]> => {
  const all = await Promise.all(
    nodes.map(async (server) => ((await server.command('KEYS', '*')) as string[]).map((key) => ({ server, key }))),
  );
  return all.flat();
};
