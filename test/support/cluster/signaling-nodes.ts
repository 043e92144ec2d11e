// Several nodes in this process, each with its own sockets, rooms and connections to one Redis, on one database: for tests of
// what participants on different nodes see of each other.
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { eventually } from '../../../processes/eventually.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import { createRedisCommitBus } from '../../../src/infra/redis/channels/commit-bus.ts';
import { createRoomChannels } from '../../../src/infra/redis/channels/room-channels.ts';
import { createSocketAdapter } from '../../../src/infra/redis/channels/socket-adapter.ts';
import { connectRedis } from '../../../src/infra/redis/connection/connect-redis.ts';
import { createRoomKeys } from '../../../src/infra/redis/room-keys.ts';
import { createRedisRemotePeers } from '../../../src/infra/redis/shared-values/remote-peers.ts';
import { SIGNALING_NAMESPACE } from '../../../src/protocol/signaling-messages.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import { createTestDatabase, type TestDatabase } from '../servers/database.ts';
import { type RoomServer, startRoomServer, type TestClient, TWO_PAGES } from '../servers/room-server.ts';

const log = pino({ level: 'silent' });
const INCARNATION = 'test';

export interface Seat {
  readonly participantId: string;
  readonly token: string;
}

export interface Peer {
  readonly participantId: string;
  readonly epoch: number;
  readonly role?: string;
}

/** A page in signaling: what it has been told, and what it can do. */
export interface Page extends TestClient {
  /** As in the first message. */
  readonly peers: readonly Peer[];
  /** What has come under this name, oldest first. */
  told(name: string): Record<string, unknown>[];
  signal(to: { readonly participantId: string }, body?: Record<string, unknown>): Promise<string>;
}

const pageOf = async (client: TestClient): Promise<Page> => {
  const { peers } = (await client.until('peers')) as { peers: Peer[] };
  const told = (name: string) =>
    client.received.filter((one) => one.name === name).map((one) => one.body as Record<string, unknown>);
  return {
    ...client,
    peers,
    told,
    /** `ok`, or the code of the refusal. */
    async signal({ participantId }, body = {}) {
      const known = [...peers, ...(told('peer:joined') as unknown as Peer[])];
      const epoch = known.findLast((peer) => peer.participantId === participantId)?.epoch ?? 1;
      const candidate = { candidate: 'candidate:1' };
      const answer = await client.ask('signal', { to: participantId, epoch, candidate, ...body });
      return answer.ok ? 'ok' : (answer.error?.code ?? 'no code');
    },
  };
};

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

/** What a process has of the others: enough for a node that is only told of. */
const startPeers = async (redisUrl: string, dead: ReadonlySet<string>) => {
  const bootId = randomUUID();
  const redis = await connectRedis({ url: redisUrl, log });
  const keys = createRoomKeys(INCARNATION);
  const channels = createRoomChannels({ redis, log });
  const emissions = createRoomChannels({ redis, log });
  const remotePeers = createRedisRemotePeers({
    redis,
    channels,
    emissions,
    keys,
    incarnation: INCARNATION,
    namespace: SIGNALING_NAMESPACE,
    clock: createSystemClock(),
    log,
    nodes: { bootId: () => bootId, isDead: (id) => dead.has(id), askAfter: () => {} },
  });
  return {
    bootId,
    redis,
    keys,
    channels,
    emissions,
    remotePeers,
    async close() {
      remotePeers.close();
      emissions.close();
      channels.close();
      await redis.close();
    },
  };
};

const startNode = async (database: TestDatabase, redisUrl: string, dead: ReadonlySet<string>) => {
  const peers = await startPeers(redisUrl, dead);
  const { bootId, channels, emissions, keys, remotePeers } = peers;
  const server: RoomServer = await startRoomServer({
    database,
    adapter: createSocketAdapter({ channels: emissions, incarnation: INCARNATION }),
    ports: {
      remotePeers,
      bus: createRedisCommitBus({ channels, keys }),
      nodes: { bootId: () => bootId, isDead: (id) => dead.has(id), askAfter: () => {}, allows: async () => true },
    },
  });
  return {
    ...server,
    ...peers,
    async enter(seat: Seat, instance = 'page-1'): Promise<Page> {
      return pageOf(await server.connect(seat, { namespace: SIGNALING_NAMESPACE, auth: { instance } }));
    },
    async close() {
      await server.close();
      await peers.close();
    },
  };
};

export type SignalingNode = Awaited<ReturnType<typeof startNode>>;

export const startSignalingNodes = async (redisUrl: string, count: number) => {
  const database = await createTestDatabase();
  const dead = new Set<string>();
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(database, redisUrl, dead)));
  process.on('unhandledRejection', note);
  return {
    nodes,
    allUp: () => eventually('Redis is up for all', () => nodes.every((node) => node.redis.isUp())),
    /** A node that nobody can connect to. */
    startGhost: () => startPeers(redisUrl, dead),
    /** As when its process has ended: it is counted as dead everywhere. */
    declareDead(bootId: string) {
      dead.add(bootId);
      for (const node of nodes) node.remotePeers.bootDied(bootId);
    },
    /** Fails when a promise was rejected that nobody handled. */
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
      await database.drop();
      process.off('unhandledRejection', note);
      if (unhandled.length > 0) throw new AggregateError(unhandled.splice(0), 'rejections were not handled');
    },
  };
};

export type SignalingNodes = Awaited<ReturnType<typeof startSignalingNodes>>;

/** Whose seats last without a session. */
export const newSignalingRoom = (node: SignalingNode, settings: StudyInput['settings'] = {}): Promise<string> =>
  node.newRoom({ ...TWO_PAGES, settings: { graceMs: 600_000, ...settings } });

/** Of a new room, unless one is named. */
export const takeSeats = async (node: SignalingNode, room?: string): Promise<[Seat, Seat, Seat]> => {
  const roomId = room ?? (await newSignalingRoom(node));
  return [await node.join(roomId, 'x'), await node.join(roomId, 'y'), await node.join(roomId, 'z')];
};

/** The connection breaks without a word of the client. */
export const lose = (page: Page): void => {
  page.socket.io.engine.close();
};

export const hears = (page: Page, name: string, expected: Record<string, unknown>, times = 1) =>
  eventually(`${name} ${JSON.stringify(expected)} comes ${times} times`, () => {
    const fits = page
      .told(name)
      .filter((body) => Object.entries(expected).every(([key, value]) => body[key] === value));
    return fits.length >= times;
  });

/** Each knows of each, and what is sent arrives, though it may have to be repeated. */
export const allReachAll = async (pages: readonly Page[]): Promise<void> => {
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

export const noticesOutage = (node: SignalingNode) =>
  eventually('the outage is noticed', () => {
    node.redis.ask((client) => client.get('anything')).catch(() => {});
    return !node.redis.isUp();
  });
