// Rooms and sockets on a real database in this process, without REST: for tests of what is said on the wire.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { createTcpProxy } from '../../../processes/tcp-proxy.ts';
import { createParticipantTokens } from '../../../src/access/participant-token.ts';
import { assembleRooms, type RoomPorts } from '../../../src/node/assemble-rooms.ts';
import type { RoomEventMessage, RoomSnapshot } from '../../../src/protocol/room-view.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import { createSocketServer, type SocketAdapter } from '../../../src/realtime/socket-server.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from './database.ts';
import { openTestPorts } from './test-ports.ts';

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
  /** What a node among many has beside that of a lone one, or instead of it. */
  readonly ports?: Partial<RoomPorts>;
  readonly adapter?: SocketAdapter;
}

export const startRoomServer = async (options: RoomServerOptions = {}) => {
  const database = options.database ?? (await createTestDatabase());
  const address = new URL(database.url);
  /** Between the server and its database: to take the database away. */
  const proxy = await createTcpProxy(Number(address.port), address.hostname);
  address.hostname = '127.0.0.1';
  address.port = String(proxy.port);
  // Nothing is recorded here: the folder is never written to.
  const opened = openTestPorts({ databaseUrl: address.href, folder: tmpdir(), log });
  const { pool } = opened;
  const tokens = createParticipantTokens({ secret: 'a secret that only these tests know' });
  const { metrics } = opened.ports;
  const ports: RoomPorts = {
    ...opened.ports,
    io: createSocketServer({ corsOrigins: [], publicUrl: undefined, adapter: options.adapter, metrics, log }),
    verifyToken: tokens.verifyParticipantToken,
    ...options.ports,
  };
  const { rooms, realtime } = assembleRooms(ports);
  const httpServer = createServer();
  realtime.attach(httpServer);
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
    bootId: ports.nodes.bootId(),
    proxy,
    rooms,
    journal: opened.ports.journal,
    pool,
    realtime,
    copies: ports.copies,
    telemetry: opened.ports.telemetry,
    roundTrips: ports.roundTrips,
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
      await opened.close();
      await proxy.close();
      if (!options.database) await database.drop();
    },
  };
};

export type RoomServer = Awaited<ReturnType<typeof startRoomServer>>;
