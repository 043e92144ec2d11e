// A standard Socket.IO client at one node of a cluster, not through the front, with everything that it was sent and when.
import { io, type Socket } from 'socket.io-client';
import type { RoomEventMessage, RoomSnapshot } from '../../../src/protocol/room-view.ts';

const PATIENCE_MS = 30_000;

export interface Received {
  readonly name: string;
  readonly body: unknown;
  /** Monotonic, ms. */
  readonly at: number;
}

export interface Answer {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly retryable: boolean };
  readonly [field: string]: unknown;
}

export interface NodeSocket {
  readonly socket: Socket;
  /** In order, over all its connections. */
  readonly received: readonly Received[];
  /** When the namespace last took it in; monotonic, ms. */
  readonly connectedAt: number | undefined;
  /** Code of the refusal that ended it. */
  readonly refusedWith: string | undefined;
  /** Of the last connection. */
  snapshot(): RoomSnapshot | undefined;
  /** Of the snapshots and events, in order. */
  versions(): number[];
  /** Resolves with the first that fits, past or future. */
  until(name: string, accepts?: (body: never) => boolean): Promise<Received>;
  untilEvent(type: string): Promise<Received>;
  ask(name: string, body?: unknown): Promise<Answer>;
  /** Why its first connection was closed, and when. */
  readonly closed: Promise<{ readonly reason: string; readonly at: number }>;
}

const codeOf = (error: Error): string | undefined => {
  const data: unknown = 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'code' in data ? String(data.code) : undefined;
};

export interface NodeSocketOptions {
  readonly url: string;
  readonly token: string;
  /** As the standard client does it unless told otherwise; false: once closed, it stays so. */
  readonly comesAgain?: boolean;
}

/** Does not wait for the connection. */
export const openNodeSocket = ({ url, token, comesAgain = false }: NodeSocketOptions): NodeSocket => {
  const socket = io(`${url}/session`, {
    transports: ['websocket'],
    auth: { token },
    forceNew: true,
    reconnection: comesAgain,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let connectedAt: number | undefined;
  let refusedWith: string | undefined;
  const closed = Promise.withResolvers<{ reason: string; at: number }>();
  socket.on('connect', () => {
    connectedAt = performance.now();
  });
  socket.on('connect_error', (error) => {
    refusedWith = codeOf(error) ?? refusedWith;
  });
  socket.once('disconnect', (reason) => closed.resolve({ reason, at: performance.now() }));
  socket.onAny((name: string, body: unknown) => {
    received.push({ name, body, at: performance.now() });
    for (const check of waiting) check();
  });

  const until: NodeSocket['until'] = (name, accepts = () => true) =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = received.find((one) => one.name === name && accepts(one.body as never));
        if (!found) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        const names = received.map((one) => one.name).join(', ');
        reject(new Error(`no ${name} from ${url} that fits; refused: ${refusedWith}; received: ${names}`));
      }, PATIENCE_MS);
      waiting.add(check);
      check();
    });

  return {
    socket,
    received,
    until,
    get connectedAt() {
      return connectedAt;
    },
    get refusedWith() {
      return refusedWith;
    },
    closed: closed.promise,
    snapshot: () => received.findLast(({ name }) => name === 'room:snapshot')?.body as RoomSnapshot | undefined,
    versions: () =>
      received
        .filter(({ name }) => name === 'room:snapshot' || name === 'room:event')
        .map(({ body }) => (body as { version: number }).version),
    untilEvent: (type) =>
      until('room:event', ({ events }: RoomEventMessage) => events.some((event) => event.type === type)),
    ask: (name, body = {}) => socket.timeout(PATIENCE_MS).emitWithAck(name, body),
  };
};

/** Resolves when the snapshot is there. */
export const connectToNode = async (options: NodeSocketOptions): Promise<NodeSocket> => {
  const opened = openNodeSocket(options);
  await opened.until('room:snapshot');
  return opened;
};
