// Socket.IO in this process's memory: what src/realtime uses of a namespace and of its sockets, and the client's end of each
// connection. Bodies are copied, as a wire would. How long something takes, and whether it arrives, is the link's to say.
import { EventEmitter } from 'node:events';
import type { Namespace, Socket } from 'socket.io';
import { TOO_LARGE, Weighed } from '../../../src/realtime/bounded-decoder.ts';
import type { SocketServer } from '../../../src/realtime/socket-server.ts';

/** Carries everything between the ends of one connection. */
export interface Link {
  /** `name` of the message; `connect` and `disconnect` are Socket.IO's own. */
  toServer(arrive: () => void, name: string): void;
  /** `ack`: the answer to a message. */
  toClient(arrive: () => void, name: string): void;
  /** One end is closed: the other one learns of it. */
  closed(at: 'server' | 'client', arrive: () => void): void;
}

const AT_ONCE: Link = { toServer: (run) => run(), toClient: (run) => run(), closed: (_, run) => run() };

export interface Answer {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly details?: unknown };
  readonly [field: string]: unknown;
}

/** What a client is called with. */
export interface ClientHandlers {
  up(): void;
  message(name: string, body: unknown): void;
  /** Not after the client itself has closed. `isFinal`: standard clients would not come again. */
  down(isFinal: boolean): void;
  refused(code: string | undefined): void;
}

export interface ConnectOptions {
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly link?: Link;
  readonly handlers?: Partial<ClientHandlers>;
  /** One WebSocket may carry both namespaces. */
  readonly transport?: MemoryTransport;
}

export interface MemoryClient {
  readonly state: 'connecting' | 'connected' | 'closed';
  /** Why it was not let in. */
  readonly refusal: string | undefined;
  readonly received: readonly { readonly name: string; readonly body: unknown }[];
  readonly transport: MemoryTransport;
  /** Bodies of the messages of this name, oldest first. */
  bodiesOf<Body>(name: string): Body[];
  emit(name: string, body?: unknown, ack?: (answer: Answer) => void): void;
  ask(name: string, body?: unknown): Promise<Answer>;
  /** Says goodbye to this namespace. */
  leave(): void;
  /** The connection is gone, and nothing was said. */
  vanish(): void;
}

/** A connection of Engine.IO. */
export class MemoryTransport extends EventEmitter {
  readyState: 'open' | 'closed' = 'open';
  isCrashed = false;

  close(): void {
    this.end('forced close');
  }

  /** A ping of the server was answered. */
  heartbeat(beforeAnswer: () => void = () => {}): void {
    this.emit('packetCreate', { type: 'ping' });
    beforeAnswer();
    this.emit('heartbeat');
  }

  end(reason: string): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.emit('close', reason);
  }

  /** The server's process is killed: nothing runs there any more, the other end finds the connection closed. */
  crash(): void {
    if (this.readyState === 'closed') return;
    this.isCrashed = true;
    this.readyState = 'closed';
    this.emit('crash');
  }
}

interface ServerEnd {
  readonly namespace: object;
  emit(name: string, body: unknown): void;
}

/** Of all nodes: who shares it reaches the sockets of the others. */
export type SocketRooms = Map<string, Set<ServerEnd>>;

const copyOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const weighed = (name: string, body: unknown): Weighed =>
  body === TOO_LARGE
    ? new Weighed(TOO_LARGE, 100_000)
    : new Weighed(copyOf(body), JSON.stringify([name, body ?? null]).length);

type Middleware = (socket: Socket, next: (error?: Error & { data?: { code?: string } }) => void) => void;

export const createMemoryNamespace = (rooms: SocketRooms = new Map()) => {
  const self = {};
  const middlewares: Middleware[] = [];
  const events = new EventEmitter();
  let sockets = 0;

  const emitterTo = (room: string, isMeant: (end: ServerEnd) => boolean) => ({
    emit(name: string, body: unknown) {
      for (const end of rooms.get(room) ?? []) if (isMeant(end)) end.emit(name, body);
    },
  });

  const connect = (options: ConnectOptions = {}): MemoryClient => {
    const { auth = {}, query = {}, link = AT_ONCE, handlers = {}, transport = new MemoryTransport() } = options;
    const ofSocket = new EventEmitter();
    const listeners: ((...args: unknown[]) => void)[] = [];
    const received: { name: string; body: unknown }[] = [];
    const joined = new Set<string>();
    let state: MemoryClient['state'] = 'connecting';
    let refusal: string | undefined;
    sockets += 1;

    const clientClosed = (isFinal: boolean): void => {
      if (state === 'closed') return;
      state = 'closed';
      handlers.down?.(isFinal);
    };

    const serverEnd = {
      namespace: self,
      id: `socket${sockets}`,
      handshake: { auth, query },
      data: {},
      conn: transport,
      connected: false,
      emit(name: string, body: unknown) {
        if (!serverEnd.connected) return;
        const sent = copyOf(body);
        link.toClient(() => {
          if (state === 'closed') return;
          received.push({ name, body: sent });
          handlers.message?.(name, sent);
        }, name);
      },
      onAny: (listener: (...args: unknown[]) => void) => void listeners.push(listener),
      on: (event: string, listener: (reason: string) => void) => void ofSocket.on(event, listener),
      once: (event: string, listener: (reason: string) => void) => void ofSocket.once(event, listener),
      join(room: string) {
        joined.add(room);
        rooms.set(room, (rooms.get(room) ?? new Set()).add(serverEnd));
      },
      disconnect() {
        end('server namespace disconnect');
        link.closed('client', () => clientClosed(true));
      },
    };

    const end = (reason: string): void => {
      if (!serverEnd.connected) return;
      serverEnd.connected = false;
      for (const room of joined) rooms.get(room)?.delete(serverEnd);
      ofSocket.emit('disconnect', reason);
    };
    transport.once('close', (reason: string) => {
      end(reason);
      link.closed('client', () => clientClosed(false));
    });

    transport.once('crash', () => {
      serverEnd.connected = false;
      for (const room of joined) rooms.get(room)?.delete(serverEnd);
      link.closed('client', () => clientClosed(false));
    });

    const socket = serverEnd as unknown as Socket;
    const enter = (): void => {
      if (transport.readyState === 'closed') return;
      serverEnd.connected = true;
      link.toClient(() => {
        if (state !== 'connecting') return;
        state = 'connected';
        handlers.up?.();
      }, 'connect');
      events.emit('connection', socket);
    };
    const askNext = (left: readonly Middleware[]): void => {
      const [middleware, ...others] = left;
      if (!middleware) {
        enter();
        return;
      }
      middleware(socket, (error) => {
        if (!error) {
          askNext(others);
          return;
        }
        refusal = error.data?.code ?? error.message;
        link.closed('client', () => {
          if (state === 'closed') return;
          state = 'closed';
          handlers.refused?.(refusal);
        });
      });
    };
    link.toServer(() => askNext(middlewares), 'connect');

    const client: MemoryClient = {
      get state() {
        return state;
      },
      get refusal() {
        return refusal;
      },
      received,
      transport,
      bodiesOf: <Body>(name: string) => received.filter((each) => each.name === name).map(({ body }) => body as Body),
      emit(name, body, ack = () => {}) {
        if (state === 'closed') return;
        const message = weighed(name, body);
        link.toServer(() => {
          if (!serverEnd.connected) return;
          const answer = (given: unknown): void => {
            if (transport.isCrashed) return;
            const sent = copyOf(given) as Answer;
            link.toClient(() => state !== 'closed' && ack(sent), 'ack');
          };
          for (const listener of listeners) listener(name, message, answer);
        }, name);
      },
      ask: (name, body) => new Promise((resolve) => client.emit(name, body, resolve)),
      leave() {
        state = 'closed';
        link.toServer(() => end('client namespace disconnect'), 'disconnect');
      },
      vanish() {
        state = 'closed';
        link.closed('server', () => transport.end('transport close'));
      },
    };
    return client;
  };

  const namespace = {
    use: (middleware: Middleware) => void middlewares.push(middleware),
    on: (event: string, listener: (socket: Socket) => void) => void events.on(event, listener),
    to: (room: string) => emitterTo(room, () => true),
    local: { to: (room: string) => emitterTo(room, (end) => end.namespace === self) },
  };
  return { namespace: namespace as unknown as Namespace, connect };
};

export type MemoryNamespace = ReturnType<typeof createMemoryNamespace>;

/** A whole server of Socket.IO, of a process that may be killed. */
export const createMemorySocketServer = () => {
  const namespaces = new Map<string, MemoryNamespace>();
  const engine = new EventEmitter();
  const transports = new Set<MemoryTransport>();
  const namespaceOf = (name: string): MemoryNamespace => {
    const namespace = namespaces.get(name) ?? createMemoryNamespace();
    namespaces.set(name, namespace);
    return namespace;
  };
  const io = {
    of: (name: string) => namespaceOf(name).namespace,
    use: () => io,
    attach: () => io,
    engine,
    async close() {
      for (const transport of transports) transport.close();
    },
  };
  return {
    io: io as unknown as SocketServer,
    connect(name: string, options: ConnectOptions = {}): MemoryClient {
      const { transport = new MemoryTransport() } = options;
      if (!transports.has(transport)) {
        transports.add(transport);
        engine.emit('connection', transport);
      }
      return namespaceOf(name).connect({ ...options, transport });
    },
    crash() {
      for (const transport of transports) transport.crash();
    },
  };
};

export type MemorySocketServer = ReturnType<typeof createMemorySocketServer>;
