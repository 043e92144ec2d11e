// Rooms and sockets on a real database in this process, without REST: for tests of what is said on the wire.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { io, type Socket } from 'socket.io-client';
import { createTcpProxy } from '../../../processes/tcp-proxy.ts';
import { createParticipantTokens } from '../../../src/access/participant-token.ts';
import { createLocalCopies } from '../../../src/infra/memory/local-copies.ts';
import { createLocalValues } from '../../../src/infra/memory/local-values.ts';
import { createJournal } from '../../../src/infra/postgres/journal.ts';
import { createPool } from '../../../src/infra/postgres/pool.ts';
import { createSignalingInstances } from '../../../src/infra/postgres/signaling-instances.ts';
import { createTelemetryWriter } from '../../../src/infra/postgres/telemetry-writer.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import type { RoomEventMessage, RoomSnapshot } from '../../../src/protocol/room-view.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import { createRealtime } from '../../../src/realtime/create-realtime.ts';
import type { CommitBus } from '../../../src/rooms/copies/ports.ts';
import { createRooms } from '../../../src/rooms/create-rooms.ts';
import { createLoneNode, type Nodes } from '../../../src/rooms/presence/nodes.ts';
import type { RoundTrips, VoiceStatuses } from '../../../src/rooms/presence/ports.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from './database.ts';
import { witnessRegistry } from './own-client-witness.ts';

export interface Answer {
  readonly ok: boolean;
  readonly error?: { code: string; message: string; retryable: boolean };
  readonly [field: string]: unknown;
}

const log = pino({ level: 'silent' });
const ACK_TIMEOUT_MS = 5_000;

export const TWO_PAGES: StudyInput = {
  title: '토론',
  language: 'ko',
  pages: [
    { title: 'One', questions: [{ id: 'q1', prompt: 'Yes?', kind: 'single', options: ['yes', 'no'] }] },
    { title: 'Two', body: 'second body' },
    { title: 'Three', body: 'third body' },
  ],
  settings: { countdownMs: 500, graceMs: 1_000 },
};

/** Everything that one client has received, in order. */
export interface TestClient {
  readonly socket: Socket;
  readonly participantId: string;
  readonly token: string;
  snapshot(): RoomSnapshot;
  readonly events: RoomEventMessage[];
  readonly received: { name: string; body: unknown }[];
  ask(name: string, body?: unknown): Promise<Answer>;
  /** Resolves with the first message, past or future, that the test accepts. */
  until(name: string, accepts?: (body: never) => boolean): Promise<never>;
  untilEvent(type: string): Promise<RoomEventMessage>;
}

export interface RoomServerOptions {
  /** Of somebody else, who drops it. */
  readonly database?: TestDatabase;
  /** What a node among many has beside that of a lone one. */
  readonly realtime?: Partial<Pick<Parameters<typeof createRealtime>[0], 'adapter' | 'remotePeers'>>;
  readonly bus?: CommitBus;
  readonly nodes?: Nodes;
}

export const startRoomServer = async (options: RoomServerOptions = {}) => {
  const database = options.database ?? (await createTestDatabase());
  const address = new URL(database.url);
  /** Between the server and its database: to take the database away. */
  const proxy = await createTcpProxy(Number(address.port), address.hostname);
  address.hostname = '127.0.0.1';
  address.port = String(proxy.port);
  const clock = createSystemClock();
  const pool = createPool(address.href, { max: 8, log });
  const journal = createJournal({ pool, clock, log });
  const telemetry = createTelemetryWriter({ pool, log });
  const tokens = createParticipantTokens({ secret: 'a secret that only these tests know' });
  const voice: VoiceStatuses = createLocalValues();
  const roundTrips: RoundTrips = createLocalValues();
  const nodes = options.nodes ?? createLoneNode(randomUUID(), async () => true);
  const metrics = new Registry();
  witnessRegistry(metrics);
  const realtime = createRealtime({
    ...options.realtime,
    corsOrigins: [],
    publicUrl: undefined,
    clock,
    voice,
    roundTrips,
    telemetry,
    instances: createSignalingInstances(pool),
    log,
    bootId: nodes.bootId,
    newId: randomUUID,
    commitP95Ms: journal.commitP95Ms,
    verifyToken: tokens.verifyParticipantToken,
    metrics,
  });
  const copies = createLocalCopies();
  const rooms = createRooms({
    journal,
    copies,
    clock,
    announcer: realtime.announcer,
    log,
    metrics,
    newId: randomUUID,
    nodes,
    ...(options.bus && { bus: options.bus }),
  });
  const httpServer = createServer();
  realtime.serve(rooms, httpServer);
  rooms.start();
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  const sockets = new Set<Socket>();

  const newRoom = async (content: StudyInput = TWO_PAGES): Promise<string> => {
    const now = Date.now();
    return (await seedRoom(pool, { content, createdAt: now, expiresAt: now + 3_600_000 })).roomId;
  };

  const join = async (roomId: string, nickname: string): Promise<{ participantId: string; token: string }> => {
    const participantId = randomUUID();
    const result = await rooms.handle(roomId, { type: 'join', participantId, nickname, consent: [] });
    if (!result.ok) throw new Error(result.refusal.code);
    return {
      participantId,
      token: await tokens.issueParticipantToken({ participantId, roomId, sessionUntil: Date.now() + 3_600_000 }),
    };
  };

  const open = (namespace: string, auth: Record<string, unknown>, query: Record<string, string> = {}): Socket => {
    const socket = io(`${url}${namespace}`, {
      transports: ['websocket'],
      auth,
      query,
      forceNew: true,
      reconnection: false,
    });
    sockets.add(socket);
    return socket;
  };

  const connect = async (
    { participantId, token }: { participantId: string; token: string },
    { namespace = '/session', auth = {} }: { namespace?: string; auth?: Record<string, unknown> } = {},
  ): Promise<TestClient> => {
    const socket = open(namespace, { token, ...auth });
    const received: TestClient['received'] = [];
    const events: RoomEventMessage[] = [];
    const waiting = new Set<() => void>();
    socket.onAny((name: string, body: unknown) => {
      received.push({ name, body });
      if (name === 'room:event') events.push(body as RoomEventMessage);
      for (const check of waiting) check();
    });
    const until: TestClient['until'] = (name, accepts = () => true) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = received.find((one) => one.name === name && accepts(one.body as never));
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(found.body as never);
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`no ${name} came that fits; received: ${JSON.stringify(received)}`));
        }, ACK_TIMEOUT_MS);
        waiting.add(check);
        check();
      });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    const client: TestClient = {
      socket,
      participantId,
      token,
      events,
      received,
      until,
      snapshot: () => received.find((one) => one.name === 'room:snapshot')?.body as RoomSnapshot,
      ask: (name, body = {}) => socket.timeout(ACK_TIMEOUT_MS).emitWithAck(name, body),
      untilEvent: (type) =>
        until('room:event', (message: RoomEventMessage) => message.events.some((event) => event.type === type)),
    };
    await until(namespace === '/session' ? 'room:snapshot' : 'peers');
    return client;
  };

  return {
    url,
    bootId: nodes.bootId(),
    proxy,
    rooms,
    journal,
    pool,
    realtime,
    copies,
    telemetry,
    roundTrips,
    newRoom,
    join,
    open,
    connect,
    /** Three connected participants, the host first, in a debate that has started. */
    async startedRoom(content?: StudyInput) {
      const roomId = await newRoom(content);
      const clients: TestClient[] = [];
      for (const nickname of ['a', 'b', 'c']) clients.push(await connect(await join(roomId, nickname)));
      await Promise.all(clients.map((client) => client.untilEvent('debate_started')));
      const [host, guest, third] = clients as [TestClient, TestClient, TestClient];
      return { roomId, host, guest, third, clients };
    },
    async close() {
      for (const socket of sockets) socket.disconnect();
      realtime.closeTransports();
      await realtime.close();
      await rooms.close();
      await telemetry.close();
      await journal.close();
      await pool.end();
      await proxy.close();
      if (!options.database) await database.drop();
    },
  };
};

export type RoomServer = Awaited<ReturnType<typeof startRoomServer>>;
