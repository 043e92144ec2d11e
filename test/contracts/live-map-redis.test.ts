// Live maps over a real Redis and a real Redis Cluster: the same contract, what several nodes see of each other, and what is
// left of it when Redis fails or loses everything.
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { connectRedis } from '../../src/infra/redis/connect-redis.ts';
import { createRedisLiveMap } from '../../src/infra/redis/live-map.ts';
import { createRoomChannels } from '../../src/infra/redis/room-channels.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis, type RedisServer, startRedisCluster, startRedisServer } from '../support/redis-server.ts';
import { describeLiveMap } from './live-map.contract.ts';

const log = pino({ level: 'silent' });
const NAME = 'numbers';
const closing: (() => unknown)[] = [];
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

interface NodeOptions {
  readonly incarnation?: string;
  readonly now?: () => number;
}

const nodeOn = async (url: string, options: NodeOptions = {}) => {
  const redis = await connectRedis({ url, log });
  const keys = createRoomKeys(options.incarnation ?? 'one');
  const channels = createRoomChannels({ redis, log });
  const clock = { now: options.now ?? (() => Date.now()) };
  const map = createRedisLiveMap({ redis, channels, keys, clock, log, name: NAME, schema: z.int() });
  closing.push(async () => {
    map.close();
    channels.close();
    await redis.close();
  });
  const heard: [string, string, number | undefined, number | undefined][] = [];
  map.onChange((...change) => heard.push(change));
  const watch = async (roomId: string) => {
    const end = map.watch(roomId);
    await map.filled(roomId);
    return end;
  };
  const knows = (roomId: string, expected: Record<string, number>) =>
    eventually(`${roomId} is ${JSON.stringify(expected)}`, () => {
      const known = map.of(roomId);
      const names = Object.keys(expected);
      return known.size === names.length && names.every((name) => known.get(name) === expected[name]);
    });
  return { redis, keys, map, heard, watch, knows };
};

type Node = Awaited<ReturnType<typeof nodeOn>>;

beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  expect(unhandled.splice(0)).toEqual([]);
});

interface Place {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  flushAll(): Promise<void>;
  stop(): Promise<void>;
}

const single = async (): Promise<Place> => {
  const server = await startRedisServer();
  return { url: server.url, nodes: [server], flushAll: () => server.flushAll(), stop: () => server.stop() };
};

const keysOf = async (place: Place): Promise<{ server: RedisServer; key: string }[]> => {
  const all = await Promise.all(
    place.nodes.map(async (server) =>
      ((await server.command('KEYS', '*')) as string[]).map((key) => ({ server, key })),
    ),
  );
  return all.flat();
};

describe.each([
  ['Redis', single],
  ['Redis Cluster', startRedisCluster],
] as const)('live maps over %s', (name, start) => {
  describeWithRedis(name, () => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
    }, 60_000);
    afterEach(() => place.flushAll());
    afterAll(() => place.stop());

    /** A cluster's connection tells of an outage only to who asks. */
    const noticesOutage = ({ redis }: Node) =>
      eventually('the outage is noticed', () => {
        redis.ask((client) => client.get('anything')).catch(() => {});
        return !redis.isUp();
      });

    const nodes = async (count: number): Promise<[Node, Node, ...Node[]]> => {
      const all = await Promise.all(Array.from({ length: count }, () => nodeOn(place.url)));
      return all as [Node, Node, ...Node[]];
    };

    describeLiveMap(name, async () => (await nodeOn(place.url, { incarnation: crypto.randomUUID() })).map);

    it('what is said on one node is known on all that watch the room, and told with what was known before', async () => {
      const [one, other] = await nodes(2);
      await Promise.all([one.watch('a'), other.watch('a')]);
      one.map.set('a', 'p', 1);
      await other.knows('a', { p: 1 });
      other.map.set('a', 'q', 2);
      one.map.set('a', 'p', 3);
      one.map.set('b', 'p', 9);
      await Promise.all([one, other].map((node) => node.knows('a', { p: 3, q: 2 })));
      one.map.delete('a', 'p');
      await other.knows('a', { q: 2 });
      expect(one.heard).toEqual([['a', 'q', 2, undefined]]);
      expect(other.heard).toEqual([
        ['a', 'p', 1, undefined],
        ['a', 'p', 3, 1],
        ['a', 'p', undefined, 3],
      ]);
    });

    it('who watches later is filled, and after its last watch knows nothing any more', async () => {
      const [one, late] = await nodes(2);
      await one.watch('a');
      one.map.set('a', 'p', 1);
      one.map.set('a', 'q', 2);
      one.map.delete('a', 'q');
      await eventually('it is stored', async () => (await keysOf(place)).length === 1);
      const end = await late.watch('a');
      expect(Object.fromEntries(late.map.of('a'))).toEqual({ p: 1 });
      const second = await late.watch('a');
      end();
      expect(late.map.of('a').size).toBe(1);
      second();
      expect(late.map.of('a').size).toBe(0);
      one.map.set('a', 'p', 3);
      await late.watch('a');
      await late.knows('a', { p: 3 });
    });

    it('the last who says something counts on every node, also against the node that said it first', async () => {
      const [one, other, third] = (await nodes(3)) as [Node, Node, Node];
      const all = [one, other, third];
      await Promise.all(all.map((node) => node.watch('a')));
      for (let round = 1; round <= 30; round += 1) {
        for (const [index, node] of all.entries()) node.map.set('a', 'p', round * 10 + index);
        await eventually('they agree', () => new Set(all.map((node) => node.map.of('a').get('p'))).size === 1);
      }
      other.map.set('a', 'p', 7);
      await Promise.all(all.map((node) => node.knows('a', { p: 7 })));
      // What another node has said since is not taken back.
      one.map.delete('a', 'p');
      third.map.set('a', 'q', 8);
      await Promise.all(all.map((node) => node.knows('a', { p: 7, q: 8 })));
      other.map.delete('a', 'p');
      await Promise.all(all.map((node) => node.knows('a', { q: 8 })));
    });

    it('a room that is deleted is gone on every node, and leaves no key', async () => {
      const [one, other] = await nodes(2);
      await Promise.all([one.watch('a'), other.watch('a')]);
      one.map.set('a', 'p', 1);
      other.map.set('a', 'q', 2);
      await Promise.all([one, other].map((node) => node.knows('a', { p: 1, q: 2 })));
      one.map.delete('a');
      await Promise.all([one, other].map((node) => node.knows('a', {})));
      expect(other.heard.slice(-2).map(([, , value]) => value)).toEqual([undefined, undefined]);
      expect(await keysOf(place)).toEqual([]);
    });

    it('no key is without an end, and two incarnations of the database do not meet', async () => {
      const [one, restored] = [await nodeOn(place.url), await nodeOn(place.url, { incarnation: 'restored' })];
      const rooms = Array.from({ length: 20 }, (_, index) => `room-${index}`);
      for (const roomId of rooms) {
        await Promise.all([one.watch(roomId), restored.watch(roomId)]);
        one.map.set(roomId, 'p', 1);
      }
      restored.map.set('room-1', 'q', 2);
      const stored = await eventually('all are stored', async () => {
        const found = await keysOf(place);
        return found.length === 21 && found;
      });
      for (const { server, key } of stored) {
        expect(key).toMatch(/^tri:\{[^{}]+\}:[^{}]+$/);
        expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
      }
      expect(Object.fromEntries(one.map.of('room-1'))).toEqual({ p: 1 });
      expect(Object.fromEntries(restored.map.of('room-1'))).toEqual({ q: 2 });
    });

    it('what holds for longer than a key is told anew before it ends', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      try {
        const [one, late] = await nodes(2);
        await one.watch('a');
        one.map.set('a', 'p', 1);
        const [stored] = await eventually('it is stored', async () => {
          const found = await keysOf(place);
          return found.length === 1 && found;
        });
        if (!stored) throw new Error('there is one key');
        const left = async () => Number(await stored.server.command('PTTL', stored.key));
        await stored.server.command('PEXPIRE', stored.key, 60_000);
        vi.advanceTimersByTime(20 * 60_000);
        await eventually('it lasts longer again', async () => (await left()) > 60_000);
        await late.watch('a');
        expect(late.map.of('a').get('p')).toBe(1);
      } finally {
        vi.useRealTimers();
      }
    });

    it('damaged values are passed over, and are replaced by what is said', async () => {
      const [one, other] = await nodes(2);
      await one.watch('a');
      one.map.set('a', 'p', 1);
      const key = one.keys.live('a', NAME);
      await eventually('it is stored', async () => (await keysOf(place)).length === 1);
      const damaged = ['', 'x', '5', '5 node', '5 node {', '5 node "text"', '5 node 1.5', '99999999999999999 node 1'];
      for (const [index, value] of damaged.entries()) await one.redis.client.hset(key, `damaged-${index}`, value);
      const channel = one.keys.liveChannel('a', NAME);
      for (const message of ['x', 'x {', 'x []', 'x [1,2]', 'x {"p":1}', 'x ["p"]', 'x ["p","z"]', 'x  ', 'x'])
        await one.redis.client.spublish(channel, message);
      await other.watch('a');
      expect(Object.fromEntries(other.map.of('a'))).toEqual({ p: 1 });
      other.map.set('a', 'damaged-1', 2);
      other.map.set('a', 'damaged-4', 3);
      await one.knows('a', { p: 1, 'damaged-1': 2, 'damaged-4': 3 });
    });

    it('something else under the name of the key is replaced', async () => {
      const [one, other] = await nodes(2);
      await one.redis.client.rpush(one.keys.live('a', NAME), 'a list');
      await Promise.all([one.watch('a'), other.watch('a')]);
      one.map.set('a', 'p', 1);
      await other.knows('a', { p: 1 });
    });

    it('after FLUSHALL nobody has lost anything, and who watches from then on is told by those who know', async () => {
      const [one, other, late, later] = (await nodes(4)) as [Node, Node, Node, Node];
      await Promise.all([one.watch('a'), other.watch('a')]);
      one.map.set('a', 'p', 1);
      other.map.set('a', 'q', 2);
      other.map.set('a', 'r', 3);
      other.map.delete('a', 'r');
      await Promise.all([one, other].map((node) => node.knows('a', { p: 1, q: 2 })));
      await place.flushAll();
      await late.watch('a');
      await late.knows('a', { p: 1, q: 2 });
      await place.flushAll();
      // Now what is stored is not nothing, but not all either.
      one.map.set('a', 'p', 4);
      await eventually('it is stored', async () => (await keysOf(place)).length === 1);
      await later.watch('a');
      await later.knows('a', { p: 4, q: 2 });
      expect(one.map.of('a').size + other.map.of('a').size).toBe(4);
    });

    it('after a restart all is told again; what was said meanwhile counts more than what Redis or others had', async () => {
      const [one, other] = await nodes(2);
      const rooms = Array.from({ length: 120 }, (_, index) => `room-${index}`);
      for (const node of [one, other]) await Promise.all(rooms.map((roomId) => node.watch(roomId)));
      for (const roomId of rooms) {
        one.map.set(roomId, 'p', 1);
        other.map.set(roomId, 'q', 2);
        other.map.set(roomId, 'r', 3);
      }
      for (const roomId of rooms) await one.knows(roomId, { p: 1, q: 2, r: 3 });
      await Promise.all(place.nodes.map((server) => server.kill()));
      for (const roomId of rooms) {
        one.map.set(roomId, 'p', 4);
        one.map.set(roomId, 'q', 5);
        other.map.delete(roomId, 'r');
      }
      await noticesOutage(one);
      one.heard.length = 0;
      await Promise.all(place.nodes.map((server) => server.restart()));
      for (const node of [one, other]) for (const roomId of rooms) await node.knows(roomId, { p: 4, q: 5 });
      // Nothing went away because Redis did: what is gone is only what was taken back.
      expect(one.heard.every(([, participantId]) => participantId === 'r')).toBe(true);
      const late = await nodeOn(place.url);
      await late.watch('room-7');
      await late.knows('room-7', { p: 4, q: 5 });
    }, 30_000);

    it('who begins to watch in an outage is not kept waiting, and learns the rest afterwards', async () => {
      const [one, other] = await nodes(2);
      await one.watch('a');
      one.map.set('a', 'p', 1);
      await eventually('it is stored', async () => (await keysOf(place)).length === 1);
      for (const server of place.nodes) server.pause();
      try {
        await noticesOutage(other);
        await other.watch('a');
        other.map.set('a', 'q', 2);
        expect(Object.fromEntries(other.map.of('a'))).toEqual({ q: 2 });
      } finally {
        for (const server of place.nodes) server.resume();
      }
      await Promise.all([one, other].map((node) => node.knows('a', { p: 1, q: 2 })));
    }, 30_000);

    it('what was said in a room that nobody watches any more still arrives, and is then forgotten here', async () => {
      const [one, other] = await nodes(2);
      await other.watch('a');
      const end = await one.watch('a');
      one.map.set('a', 'p', 1);
      await other.knows('a', { p: 1 });
      await Promise.all(place.nodes.map((server) => server.kill()));
      await noticesOutage(one);
      one.map.delete('a', 'p');
      end();
      await Promise.all(place.nodes.map((server) => server.restart()));
      await other.knows('a', {});
      await eventually('it is forgotten', () => one.map.of('a').size === 0);
    }, 30_000);
  });
});

describeWithRedis('two nodes whose clocks differ', () => {
  it('agree, and who answers to what was heard is later than it', async () => {
    const server = await startRedisServer();
    closing.push(() => server.stop());
    const fast = await nodeOn(server.url, { now: () => 2_000_000_000_000.7 });
    const slow = await nodeOn(server.url, { now: () => 1_000_000_000_000.2 });
    await Promise.all([fast.watch('a'), slow.watch('a')]);
    fast.map.set('a', 'p', 1);
    await slow.knows('a', { p: 1 });
    slow.map.set('a', 'p', 2);
    await fast.knows('a', { p: 2 });
    slow.map.delete('a', 'p');
    await fast.knows('a', {});
  });
});
