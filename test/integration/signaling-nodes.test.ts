// Signaling among participants whose sockets are on different nodes, over a real Redis, also when that fails.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StudyInput } from '../../src/protocol/study.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis, type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startRoomServer, TWO_PAGES } from '../support/room-server.ts';
import { type Page, type SignalingNode, type SignalingNodes, startSignalingNodes } from '../support/signaling-nodes.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

let redis: RedisServer;
let all: SignalingNodes;
let one: SignalingNode;
let other: SignalingNode;
let third: SignalingNode;

type Seat = { participantId: string; token: string };

/** Whose seats last without a session. */
const newRoom = (settings: StudyInput['settings'] = {}): Promise<string> =>
  one.newRoom({ ...TWO_PAGES, settings: { graceMs: 600_000, ...settings } });

const takeSeats = async (roomId: string): Promise<[Seat, Seat, Seat]> => [
  await one.join(roomId, 'x'),
  await one.join(roomId, 'y'),
  await one.join(roomId, 'z'),
];

/** The connection breaks without a word of the client. */
const lose = (page: Page): void => {
  page.socket.io.engine.close();
};

const hears = (page: Page, name: string, expected: Record<string, unknown>, times = 1) =>
  eventually(`${name} ${JSON.stringify(expected)} comes ${times} times`, () => {
    const fits = page
      .told(name)
      .filter((body) => Object.entries(expected).every(([key, value]) => body[key] === value));
    return fits.length >= times;
  });

/** Each knows of each, and what is sent arrives, though it may have to be repeated. */
const allReachAll = async (pages: readonly Page[]): Promise<void> => {
  for (const from of pages) {
    for (const to of pages) {
      if (from === to) continue;
      const known = to.told('signal').length;
      await eventually('a signal arrives', async () => {
        await from.signal(to);
        return to.told('signal').length > known;
      });
    }
  }
};

const noticesOutage = (node: SignalingNode) =>
  eventually('the outage is noticed', () => {
    node.redis.ask((client) => client.get('anything')).catch(() => {});
    return !node.redis.isUp();
  });

const allUp = () => eventually('Redis is up for all', () => all.nodes.every((node) => node.redis.isUp()));

/** How many messages have gone through Redis so far. */
const publications = async (): Promise<number> =>
  Number(/cmdstat_spublish:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1] ?? 0);

describeWithRedis('signaling across nodes', () => {
  beforeAll(async () => {
    process.on('unhandledRejection', note);
    redis = await startRedisServer();
    all = await startSignalingNodes(redis.url, 3);
    [one, other, third] = all.nodes as [SignalingNode, SignalingNode, SignalingNode];
  });
  afterAll(async () => {
    await all.close();
    await redis.stop();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
  beforeEach(allUp);

  describe('who is there', () => {
    it('[SG9] names the peers of all nodes, and tells all nodes who joins and who leaves', async () => {
      const [x, y, z] = await takeSeats(await newRoom());
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
      const [x, y] = await takeSeats(await newRoom());
      const a = await one.enter(x);
      const b = await other.enter(y);
      await hears(a, 'peer:joined', { participantId: y.participantId });
      lose(b);
      await eventually('it is away', async () => (await a.signal(y)) === 'peer_not_found');
      expect(a.told('peer:left')).toEqual([]);
      await hears(a, 'peer:left', { participantId: y.participantId, epoch: 1 });
    });

    it('[SG9] whoever is removed is cut on whichever node, and has left for all', async () => {
      const roomId = await newRoom();
      const [x, y, z] = await takeSeats(roomId);
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
      const roomId = await newRoom();
      const [x, y] = await takeSeats(roomId);
      const ghost = await all.startGhost();
      try {
        const a = await one.enter(x);
        ghost.remotePeers.tell(roomId, y.participantId, { epoch: 1, seat: 1, present: true });
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
      const roomId = await newRoom();
      const [x, y, z] = await takeSeats(roomId);
      const ghost = await all.startGhost();
      try {
        ghost.remotePeers.tell(roomId, y.participantId, { epoch: 7, seat: 1, present: true });
        const stored = () => redis.command('EXISTS', ghost.keys.live(roomId, 'signaling'));
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
      const [x, y, z] = await takeSeats(await newRoom());
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
      const [x, y] = await takeSeats(await newRoom());
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
      const [x, y] = await takeSeats(await newRoom());
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
      const [x, y] = await takeSeats(await newRoom());
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
      const [x, y, z] = await takeSeats(await newRoom());
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
      const [x, y, z] = await takeSeats(await newRoom());
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
      const [x, y] = await takeSeats(await newRoom());
      const [stranger] = await takeSeats(await newRoom());
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

  describe('when Redis fails', () => {
    it('[SG13] pages of one node go on, signals to others are refused, nobody leaves, and all is as before afterwards', async () => {
      const [x, y, z] = await takeSeats(await newRoom());
      const [a, b, c] = [await one.enter(x), await one.enter(y), await other.enter(z)];
      await allReachAll([a, b, c]);
      await redis.kill();
      await Promise.all(all.nodes.map(noticesOutage));
      expect(await a.signal(z)).toBe('unavailable');
      expect(await c.signal(x)).toBe('unavailable');
      expect(await a.signal(y)).toBe('ok');
      expect(await b.signal(x)).toBe('ok');
      await redis.restart();
      await allUp();
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
        const [x, y, z] = await takeSeats(await newRoom());
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
        await allUp();
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
      const [x, y] = await takeSeats(await newRoom());
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
      await allUp();
      await eventually('one is left', () => !first.socket.connected && !late.socket.connected);
      await hears(a, 'peer:joined', { participantId: y.participantId, epoch: 2 });
      expect(newest.socket.connected).toBe(true);
      await allReachAll([a, newest]);
    });

    it('[SG13] a Redis that loses everything takes nobody away, and who comes next finds all', async () => {
      const [x, y, z] = await takeSeats(await newRoom());
      const [a, b] = [await one.enter(x), await other.enter(y)];
      await allReachAll([a, b]);
      await redis.flushAll();
      await allReachAll([a, b]);
      const c = await third.enter(z);
      await allReachAll([a, b, c]);
      expect([a, b].flatMap((page) => page.told('peer:left'))).toEqual([]);
    });

    it('[SG13] a Redis that stands still costs refusals, not connections', async () => {
      const [x, y, z] = await takeSeats(await newRoom());
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
      await allUp();
      await allReachAll([a, b, c]);
      expect([a, b, c].every((page) => page.socket.connected)).toBe(true);
      expect([a, b, c].flatMap((page) => page.told('peer:left'))).toEqual([]);
    });
  });
});
