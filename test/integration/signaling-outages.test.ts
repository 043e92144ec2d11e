// Signaling across nodes when Redis stops, stands still or loses everything: what goes on, what is refused, and that in the end
// all is as if nothing had happened.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisCluster, startRedisServer } from '../../processes/redis-server.ts';
import {
  allReachAll,
  hears,
  lose,
  noticesOutage,
  type Page,
  type Seat,
  type SignalingNode,
  type SignalingNodes,
  startSignalingNodes,
  takeSeats,
} from '../support/cluster/signaling-nodes.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { startRoomServer } from '../support/servers/room-server.ts';

describeWithRedis('signaling across nodes when Redis fails', () => {
  let redis: RedisServer;
  let all: SignalingNodes;
  let one: SignalingNode;
  let other: SignalingNode;
  let third: SignalingNode;

  beforeAll(async () => {
    redis = await startRedisServer();
    all = await startSignalingNodes(redis.url, 3);
    [one, other, third] = all.nodes as [SignalingNode, SignalingNode, SignalingNode];
  });
  afterAll(async () => {
    await all.close();
    await redis.stop();
  });
  beforeEach(() => all.allUp());

  it('[SG13] pages of one node go on, signals to others are refused, nobody leaves, and all is as before afterwards', async () => {
    const [x, y, z] = await takeSeats(one);
    const [a, b, c] = [await one.enter(x), await one.enter(y), await other.enter(z)];
    await allReachAll([a, b, c]);
    await redis.kill();
    await Promise.all(all.nodes.map(noticesOutage));
    expect(await a.signal(z)).toBe('unavailable');
    expect(await c.signal(x)).toBe('unavailable');
    expect(await a.signal(y)).toBe('ok');
    expect(await b.signal(x)).toBe('ok');
    await redis.restart();
    await all.allUp();
    await allReachAll([a, b, c]);
    expect([a, b, c].flatMap((page) => page.told('peer:left'))).toEqual([]);
  });

  it('[SG13] who comes in an outage, or goes to another node, is known to all when it is over', async () => {
    const lone = await startRoomServer();
    try {
      const loneRoom = await lone.newRoom();
      const [l1, l2] = [await lone.join(loneRoom, 'l1'), await lone.join(loneRoom, 'l2')];
      const enterLone = (seat: Seat) => lone.connect(seat, { namespace: '/signaling', auth: { instance: 'page-1' } });
      const [stays, goes] = [await enterLone(l1), await enterLone(l2)];
      const [x, y, z] = await takeSeats(one);
      const [a, b] = [await other.enter(x), await other.enter(y)];
      await redis.kill();
      await Promise.all(all.nodes.map(noticesOutage));
      const c = await third.enter(z);
      expect(c.peers).toEqual([]);
      lose(b);
      await eventually('it is away', async () => (await a.signal(y)) === 'peer_not_found');
      const moved = await third.enter(y);
      // Where there are no other nodes, ten seconds are enough to have left.
      goes.socket.io.engine.close();
      await eventually('that much time has passed', () => stays.received.some(({ name }) => name === 'peer:left'));
      expect(a.told('peer:left')).toEqual([]);
      await redis.restart();
      await all.allUp();
      await hears(a, 'peer:joined', { participantId: z.participantId, epoch: 1 });
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 }, 2);
      await hears(c, 'peer:joined', { participantId: x.participantId, epoch: 1 });
      await allReachAll([a, c, moved]);
      expect([a, c].flatMap((page) => page.told('peer:left'))).toEqual([]);
    } finally {
      await lone.close();
    }
  }, 60_000);

  it('[SG11] [SG13] which page counts is settled when the outage is over', async () => {
    const [x, y] = await takeSeats(one);
    const a = await one.enter(x);
    const first = await other.enter(y, 'page-1');
    await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 });
    await redis.kill();
    await Promise.all(all.nodes.map(noticesOutage));
    const newest = await third.enter(y, 'page-2');
    // The older page connects once more, last of all, to a node that cannot know.
    const late = await one.enter(y, 'page-1');
    expect([first, newest, late].map((page) => page.socket.connected)).toEqual([true, true, true]);
    await redis.restart();
    await all.allUp();
    await eventually('one is left', () => !first.socket.connected && !late.socket.connected);
    await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 2 });
    expect(newest.socket.connected).toBe(true);
    await allReachAll([a, newest]);
  });

  it('[SG13] a Redis that loses everything takes nobody away, and who comes next finds all', async () => {
    const [x, y, z] = await takeSeats(one);
    const [a, b] = [await one.enter(x), await other.enter(y)];
    await allReachAll([a, b]);
    await redis.flushAll();
    await allReachAll([a, b]);
    const c = await third.enter(z);
    await allReachAll([a, b, c]);
    expect([a, b].flatMap((page) => page.told('peer:left'))).toEqual([]);
  });

  it('[SG13] a Redis that stands still costs refusals, not connections', async () => {
    const [x, y, z] = await takeSeats(one);
    const [a, b, c] = [await one.enter(x), await other.enter(y), await one.enter(z)];
    await allReachAll([a, b, c]);
    const description = { type: 'offer', sdp: 'x'.repeat(20_000) };
    redis.pause();
    try {
      await eventually('it is refused', async () => {
        const answer = await a.signal(y, { candidate: undefined, description });
        expect(['ok', 'unavailable']).toContain(answer);
        return answer === 'unavailable';
      });
      expect(await a.signal(z)).toBe('ok');
    } finally {
      redis.resume();
    }
    await all.allUp();
    await allReachAll([a, b, c]);
    expect([a, b, c].every((page) => page.socket.connected)).toBe(true);
    expect([a, b, c].flatMap((page) => page.told('peer:left'))).toEqual([]);
  });
});

describeWithRedis('signaling across nodes over a Redis Cluster', () => {
  it('[SG9] [SG10] [SG13] is the same, also when a part of it was away', async () => {
    const cluster = await startRedisCluster();
    const spread = await startSignalingNodes(cluster.url, 2);
    try {
      const [here, there] = spread.nodes as [SignalingNode, SignalingNode];
      const rooms: [Page, Page][] = [];
      // Rooms on all parts of the cluster.
      for (let index = 0; index < 6; index += 1) {
        const [x, y] = await takeSeats(here);
        const pages: [Page, Page] = [await here.enter(x), await there.enter(y)];
        expect(pages[1].peers.map(({ participantId }) => participantId)).toEqual([x.participantId]);
        rooms.push(pages);
      }
      for (const pages of rooms) await allReachAll(pages);
      await cluster.nodes[1]?.kill();
      await Promise.all(spread.nodes.map(noticesOutage));
      await cluster.nodes[1]?.restart();
      for (const pages of rooms) await allReachAll(pages);
      expect(rooms.flat().flatMap((page) => page.told('peer:left'))).toEqual([]);
    } finally {
      await spread.close();
      await cluster.stop();
    }
  }, 60_000);
});
