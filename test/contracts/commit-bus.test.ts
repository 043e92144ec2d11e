// Commits between nodes, over a real Redis and a real Redis Cluster, also when those fail.
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisCluster, startRedisServer } from '../../processes/redis-server.ts';
import { createTcpProxy } from '../../processes/tcp-proxy.ts';
import { createRedisCommitBus } from '../../src/infra/redis/channels/commit-bus.ts';
import { createRoomChannels } from '../../src/infra/redis/channels/room-channels.ts';
import { connectRedis } from '../../src/infra/redis/connection/connect-redis.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import type { StoredCommit } from '../../src/room/commands.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const log = pino({ level: 'silent' });
const closing: (() => Promise<void>)[] = [];

const commitAt = (version: number): StoredCommit => ({
  version,
  commitId: `commit-${version}`,
  at: 1_000 + version,
  events: [{ type: 'participant_left', participantId: '참가자', reason: 'grace_over' }],
});

const nodeOn = async (url: string, incarnation = 'one') => {
  const redis = await connectRedis({ url, log });
  const keys = createRoomKeys(incarnation);
  const channels = createRoomChannels({ redis, log });
  closing.push(async () => {
    channels.close();
    await redis.close();
  });
  const bus = createRedisCommitBus({ channels, keys });
  const begun: string[] = [];
  bus.onReconnect((roomIds) => begun.push(...roomIds));
  /** Collects what comes; resolves when the subscription has taken effect. */
  const listen = async (roomId: string) => {
    const heard: number[] = [];
    const known = begun.length;
    const stop = bus.subscribe(roomId, (commit) => heard.push(commit.version));
    await eventually(`subscribed to ${roomId}`, () => begun.indexOf(roomId, known) !== -1);
    return { heard, stop };
  };
  return { redis, bus, begun, listen };
};

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Place {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const single = async (): Promise<Place> => {
  const server = await startRedisServer();
  return { url: server.url, nodes: [server], stop: () => server.stop() };
};

describe.each([
  ['Redis', single],
  ['Redis Cluster', startRedisCluster],
] as const)('between nodes over %s', (name, start) => {
  describeWithRedis(name, () => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
    }, 60_000);
    afterAll(() => place.stop());

    it('a commit reaches the nodes that listen to its room, and not the one that tells it', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const own = await one.listen('a');
      const { heard } = await other.listen('a');
      const elsewhere = await other.listen('b');
      for (let version = 1; version <= 100; version += 1) one.bus.publish('a', commitAt(version));
      other.bus.publish('a', commitAt(101));
      await eventually('all are heard', () => heard.length === 100 && own.heard.length === 1);
      expect(heard.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      expect(own.heard).toEqual([101]);
      expect(elsewhere.heard).toEqual([]);
    });

    it('a commit arrives as it was, once for each who listens, until the last has stopped', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const commits: StoredCommit[] = [];
      const stop = other.bus.subscribe('a', (commit) => commits.push(commit));
      const second = await other.listen('a');
      one.bus.publish('a', commitAt(7));
      await eventually('both have heard', () => commits.length > 0 && second.heard.length > 0);
      expect(commits).toEqual([commitAt(7)]);
      stop();
      stop();
      one.bus.publish('a', commitAt(8));
      await eventually('the second hears on', () => second.heard.includes(8));
      second.stop();
      const third = await other.listen('b');
      one.bus.publish('a', commitAt(9));
      one.bus.publish('b', commitAt(10));
      await eventually('the other room is heard', () => third.heard.includes(10));
      expect(commits).toHaveLength(1);
      expect(second.heard).toEqual([7, 8]);
    });

    it('a commit without events arrives: it remembers a command, and takes a version like any other', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const { heard } = await other.listen('a');
      one.bus.publish('a', { ...commitAt(1), events: [] });
      one.bus.publish('a', commitAt(2));
      await eventually('the next one is heard', () => heard.includes(2));
      expect(heard).toEqual([1, 2]);
    });

    it('two incarnations of the database do not meet', async () => {
      const [one, same, restored] = [
        await nodeOn(place.url),
        await nodeOn(place.url),
        await nodeOn(place.url, 'restored'),
      ];
      const there = await same.listen('a');
      const { heard } = await restored.listen('a');
      one.bus.publish('a', commitAt(1));
      await eventually('the same one hears', () => there.heard.length === 1);
      expect(heard).toEqual([]);
    });

    it('what cannot be read is dropped', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const { heard } = await other.listen('a');
      const channel = createRoomKeys('one').commitChannel('a');
      for (const nonsense of ['', 'x', 'x {', 'x null', 'x {"version":"1"}', 'x {"version":1,"events":7}']) {
        await one.redis.client.spublish(channel, nonsense);
      }
      one.bus.publish('a', commitAt(3));
      await eventually('the commit is heard', () => heard.length === 1);
      expect(heard).toEqual([3]);
    });

    it('after a restart of Redis every room is subscribed again, and is named for healing', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const rooms = Array.from({ length: 30 }, (_, index) => `room-${index}`);
      const listened = await Promise.all(rooms.map((roomId) => other.listen(roomId)));
      other.begun.length = 0;
      await Promise.all(place.nodes.map((node) => node.kill()));
      one.bus.publish('room-0', commitAt(1));
      await Promise.all(place.nodes.map((node) => node.restart()));
      await eventually('all rooms are named', () => rooms.every((roomId) => other.begun.includes(roomId)));
      await eventually('every room hears again', () => {
        for (const roomId of rooms) one.bus.publish(roomId, commitAt(2));
        return listened.every(({ heard }) => heard.includes(2));
      });
    }, 30_000);

    it('a thousand rooms at once, on a connection that is only being made, are all heard', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const heard = new Set<string>();
      const rooms = Array.from({ length: 1_000 }, (_, index) => `room-${index}`);
      for (const roomId of rooms) other.bus.subscribe(roomId, () => heard.add(roomId));
      await eventually('all are subscribed', () => new Set(other.begun).size === rooms.length);
      await eventually('every room is heard', () => {
        for (const roomId of rooms.filter((each) => !heard.has(each)).slice(0, 100))
          one.bus.publish(roomId, commitAt(1));
        return heard.size === rooms.length;
      });
    }, 30_000);

    it('whether anything can be heard is known before, during and after an outage', async () => {
      const { bus, listen } = await nodeOn(place.url);
      await listen('a');
      await eventually('it is heard', () => bus.isHeard());
      await Promise.all(place.nodes.map((node) => node.kill()));
      await eventually('nothing is heard', () => !bus.isHeard());
      await Promise.all(place.nodes.map((node) => node.restart()));
      await eventually('it is heard again', () => bus.isHeard());
    }, 30_000);

    it('a Redis that was frozen goes on telling', async () => {
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const { heard } = await other.listen('a');
      for (const node of place.nodes) node.pause();
      for (let version = 1; version <= 3_000; version += 1) one.bus.publish('a', commitAt(version));
      await eventually('the outage is noticed', () => !one.redis.isUp());
      for (const node of place.nodes) node.resume();
      await eventually('it hears again', () => {
        one.bus.publish('a', commitAt(5_000));
        return heard.includes(5_000);
      });
      // What waited for the frozen Redis is bounded.
      expect(heard.filter((version) => version <= 3_000).length).toBeLessThanOrEqual(1_000);
    }, 30_000);
  });
});

describeWithRedis('a connection that dies', () => {
  it('is noticed although nothing is said, and subscribed anew', async () => {
    const server = await startRedisServer();
    const proxy = await createTcpProxy(server.port);
    closing.push(
      () => proxy.close(),
      () => server.stop(),
    );
    const one = await nodeOn(server.url);
    const other = await nodeOn(`redis://127.0.0.1:${proxy.port}`);
    const { heard } = await other.listen('a');
    const hears = (version: number) =>
      eventually(`hears version ${version}`, () => {
        one.bus.publish('a', commitAt(version));
        return heard.includes(version);
      });
    proxy.cut();
    await hears(1);
    let triedAgain = false;
    proxy.onRequest((bytes) => {
      if (/hello/i.test(bytes.toString())) triedAgain = true;
      return false;
    });
    other.begun.length = 0;
    proxy.mute(true);
    await eventually('the silence is noticed', () => triedAgain);
    proxy.mute(false);
    await eventually('named for healing', () => other.begun.includes('a'));
    await hears(2);
  }, 40_000);
});
