// Signaling among participants whose sockets are on different nodes: who is there, which page counts, what is relayed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisServer } from '../../processes/redis-server.ts';
import {
  allReachAll,
  hears,
  lose,
  newSignalingRoom,
  type SignalingNode,
  type SignalingNodes,
  startSignalingNodes,
  takeSeats,
} from '../support/cluster/signaling-nodes.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

let redis: RedisServer;
let all: SignalingNodes;
let one: SignalingNode;
let other: SignalingNode;
let third: SignalingNode;

/** How many messages have gone through Redis so far. */
const publications = async (): Promise<number> =>
  Number(/cmdstat_spublish:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1] ?? 0);

describeWithRedis('signaling across nodes', () => {
  beforeAll(async () => {
    redis = await startRedisServer();
    all = await startSignalingNodes(redis.url, 3);
    [one, other, third] = all.nodes as [SignalingNode, SignalingNode, SignalingNode];
  });
  afterAll(async () => {
    await all.close();
    await redis.stop();
  });

  describe('who is there', () => {
    it('[SG9] names the peers of all nodes, and tells all nodes who joins and who leaves', async () => {
      const [x, y, z] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const c = await third.enter(z);
      expect(a.peers).toEqual([]);
      expect(b.peers).toEqual([{ participantId: x.participantId, epoch: 1, role: 'answer' }]);
      expect(new Set(c.peers.map(({ participantId, role }) => `${participantId} ${role}`))).toEqual(
        new Set([`${x.participantId} answer`, `${y.participantId} answer`]),
      );
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1, role: 'offer' });
      await hears(a, 'peer:joined', { participantId: z.participantId, epoch: 1, role: 'offer' });
      await hears(b, 'peer:joined', { participantId: z.participantId, epoch: 1, role: 'offer' });
      c.socket.disconnect();
      await hears(a, 'peer:left', { participantId: z.participantId, epoch: 1 });
      await hears(b, 'peer:left', { participantId: z.participantId, epoch: 1 });
      expect(await a.signal(z)).toBe('peer_not_found');
    });

    it('[SG6] [SG9] a page that stays away has left for all nodes, but not at once', async () => {
      const [x, y] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      await hears(a, 'peer:joined', { participantId: y.participantId });
      lose(b);
      await eventually('it is away', async () => (await a.signal(y)) === 'peer_not_found');
      expect(a.told('peer:left')).toEqual([]);
      await hears(a, 'peer:left', { participantId: y.participantId, epoch: 1 });
    });

    it('[SG9] whoever is removed is cut on whichever node, and has left for all', async () => {
      const roomId = await newSignalingRoom(one);
      const [x, y, z] = await takeSeats(one, roomId);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const c = await other.enter(z);
      await hears(a, 'peer:joined', { participantId: z.participantId });
      const result = await third.rooms.handle(roomId, {
        type: 'remove',
        by: x.participantId,
        participantId: y.participantId,
      });
      expect(result).toMatchObject({ ok: true });
      await eventually('it is cut', () => b.socket.disconnected);
      await hears(a, 'peer:left', { participantId: y.participantId });
      await hears(c, 'peer:left', { participantId: y.participantId });
      expect(await c.signal(x)).toBe('ok');
    });

    it('[SG12] pages of a node that has died are gone, and come back anywhere as they were', async () => {
      const roomId = await newSignalingRoom(one);
      const [x, y] = await takeSeats(one, roomId);
      const ghost = await all.startGhost();
      try {
        const a = await one.enter(x);
        ghost.remotePeers.publish(roomId, y.participantId, { pageEpoch: 1, seat: 1, present: true });
        await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 });
        all.declareDead(ghost.bootId);
        await hears(a, 'peer:left', { participantId: y.participantId, epoch: 1 });
        expect(await a.signal(y)).toBe('peer_not_found');
        const b = await other.enter(y);
        expect(b.peers.map(({ participantId }) => participantId)).toEqual([x.participantId]);
        await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 }, 2);
        await allReachAll([a, b]);
      } finally {
        await ghost.close();
      }
    });

    it('[SG12] nobody who comes later sees a page of a node that has died', async () => {
      const roomId = await newSignalingRoom(one);
      const [x, y, z] = await takeSeats(one, roomId);
      const ghost = await all.startGhost();
      try {
        ghost.remotePeers.publish(roomId, y.participantId, { pageEpoch: 7, seat: 1, present: true });
        const stored = () => redis.command('EXISTS', ghost.keys.values(roomId, 'signaling'));
        await eventually('it is stored', async () => Number(await stored()) === 1);
        all.declareDead(ghost.bootId);
        expect((await one.enter(x)).peers).toEqual([]);
        // Its epoch was higher, but nobody is refused because of a ghost.
        const back = await other.enter(y);
        expect(back.peers.map(({ participantId }) => participantId)).toEqual([x.participantId]);
        expect((await third.enter(z)).peers).toHaveLength(2);
      } finally {
        await ghost.close();
      }
    });
  });

  describe('which page counts', () => {
    it('[SG11] a page that moves to another node keeps its epoch, and nobody hears that it left', async () => {
      const [x, y, z] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const c = await other.enter(z);
      await hears(a, 'peer:joined', { participantId: z.participantId });
      const here = other.realtime.counts().peers;
      lose(b);
      await eventually('it is away', async () => (await c.signal(y)) === 'peer_not_found');
      const moved = await third.enter(y);
      expect(moved.peers.map(({ participantId }) => participantId).sort()).toEqual(
        [x.participantId, z.participantId].sort(),
      );
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 }, 2);
      await hears(c, 'peer:joined', { participantId: y.participantId, epoch: 1 });
      // The node that waited for it waits no more.
      await eventually('it is forgotten there', () => other.realtime.counts().peers === here - 1);
      await allReachAll([a, c, moved]);
      expect([...a.told('peer:left'), ...c.told('peer:left')]).toEqual([]);
    });

    it('[SG11] the newest connection of a page counts, also while its node has not noticed that the older is dead', async () => {
      const [x, y] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const again = await third.enter(y);
      await hears(b, 'connection:replaced', {});
      await eventually('the older is closed', () => b.socket.disconnected);
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 1 }, 2);
      await allReachAll([a, again]);
      expect(b.told('signal')).toEqual([]);
      expect(a.told('peer:left')).toEqual([]);
    });

    it('[SG11] a newer page replaces the older wherever that is, and an older one does not come back', async () => {
      const [x, y] = await takeSeats(one);
      const a = await one.enter(x);
      const old = await other.enter(y, 'page-1');
      const reloaded = await third.enter(y, 'page-2');
      await hears(old, 'connection:replaced', {});
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 2 });
      expect(await a.signal(y, { epoch: 1 })).toBe('stale_epoch');
      expect(await a.signal(y, { epoch: 2 })).toBe('ok');
      const refused = one.open('/signaling', { token: y.token, instance: 'page-1' });
      await new Promise((resolve) => refused.once('connection:replaced', resolve));
      await eventually('it is closed', () => refused.disconnected);
      await allReachAll([a, reloaded]);
      expect(a.told('peer:left')).toEqual([]);
    });

    it('[SG11] after a storm of reloads on all nodes one page is left, and all agree which', async () => {
      const [x, y] = await takeSeats(one);
      const a = await one.enter(x);
      const settled = new Set<unknown>();
      const sockets = Array.from({ length: 30 }, (_, index) => {
        const node = all.nodes[index % 3] ?? one;
        const socket = node.open('/signaling', { token: y.token, instance: `page-${index}` });
        for (const name of ['peers', 'connection:replaced']) socket.on(name, () => settled.add(socket));
        return socket;
      });
      const left = await eventually('one is left', () => {
        const open = sockets.filter((socket) => socket.connected);
        return settled.size === sockets.length && open.length === 1 && open;
      });
      await eventually('the others know', async () => (await a.signal(y, { epoch: 30 })) === 'ok');
      let got = 0;
      left[0]?.on('signal', () => {
        got += 1;
      });
      await eventually('the newest gets signals', async () => {
        await a.signal(y, { epoch: 30 });
        return got > 0;
      });
      expect(a.told('peer:left')).toEqual([]);
    });
  });

  describe('signals', () => {
    it('[SG2] [SG10] reach the one page that is meant, on whichever node', async () => {
      const [x, y, z] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const c = await other.enter(z);
      await hears(a, 'peer:joined', { participantId: z.participantId });
      const description = { type: 'offer', sdp: '시험 '.repeat(5_000) };
      expect(await a.signal(y, { candidate: undefined, description })).toBe('ok');
      await eventually('it arrives', () => b.told('signal').length === 1);
      expect(b.told('signal')).toEqual([{ from: x.participantId, epoch: 1, description }]);
      for (let index = 0; index < 50; index += 1)
        expect(await b.signal(x, { candidate: { candidate: `candidate:${index}` } })).toBe('ok');
      await eventually('all arrive', () => a.told('signal').length === 50);
      expect(a.told('signal').map(({ candidate }) => candidate)).toEqual(
        Array.from({ length: 50 }, (_, index) => ({ candidate: `candidate:${index}` })),
      );
      expect(c.told('signal')).toEqual([]);
    });

    it('[SG10] between two pages on one node never leave it', async () => {
      const [x, y, z] = await takeSeats(one);
      const [a, b, c] = [await one.enter(x), await one.enter(y), await other.enter(z)];
      await hears(a, 'peer:joined', { participantId: z.participantId });
      await hears(b, 'peer:joined', { participantId: z.participantId });
      const before = await publications();
      for (let index = 0; index < 20; index += 1) expect(await a.signal(b)).toBe('ok');
      await eventually('all arrive', () => b.told('signal').length === 20);
      expect(await publications()).toBe(before);
      expect(await a.signal(z)).toBe('ok');
      await eventually('it arrives', () => c.told('signal').length === 1);
      expect(await publications()).toBe(before + 1);
    });

    it('[SG3] [SG4] [SG10] are refused as on one node: unknown, of another room, of an older page', async () => {
      const [x, y] = await takeSeats(one);
      const [stranger] = await takeSeats(one);
      const a = await one.enter(x);
      const b = await other.enter(y);
      const elsewhere = await other.enter(stranger);
      await hears(a, 'peer:joined', { participantId: y.participantId });
      expect(await a.signal(stranger)).toBe('peer_not_found');
      expect(await a.signal({ participantId: 'nobody' })).toBe('peer_not_found');
      expect(await a.signal(x)).toBe('peer_not_found');
      expect(await a.signal(y, { epoch: 7 })).toBe('stale_epoch');
      expect(await a.signal(y)).toBe('ok');
      await eventually('what is allowed arrives', () => b.told('signal').length === 1);
      expect(elsewhere.told('signal')).toEqual([]);
    });
  });
});
