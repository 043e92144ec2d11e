// The one Socket.IO connection that both namespaces share, and its coming back. Socket.IO's own reconnection is off: every
// try is a new manager without buffers or listeners of the former, and the policy object alone says when.
import { Manager, type Socket } from 'socket.io-client';
import type { FINAL_CONNECT_CODES } from '../../protocol/session-messages.ts';
import type { LocalTime } from '../clock/local-time.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';
import type { EmitMessage } from './session.ts';

export type FinalConnectCode = (typeof FINAL_CONNECT_CODES)[number];

export interface ChannelHandlers {
  up(): void;
  down(): void;
  message(name: string, body: unknown): void;
}

export interface Connection {
  start(): void;
  /** Closes; nothing is tried again until `start`. */
  stop(): void;
  /** The network may be back: do not wait for the next try. */
  retryNow(): void;
  /** The present connection seems dead: replace it. */
  recycle(): void;
  emitOn(namespace: string): EmitMessage;
}

/** From opening the transport to the server's word on the first namespace. */
const CONNECT_TIMEOUT_MS = 6_000;
/** A namespace that the server closes alone is mostly followed by `connection:replaced` on the other one. */
const KICK_PATIENCE_MS = 1_000;

const FINAL: readonly FinalConnectCode[] = ['unauthorized', 'removed', 'room_not_found'];

const finalCodeOf = (error: unknown): FinalConnectCode | undefined => {
  const data: unknown = error instanceof Error && 'data' in error ? error.data : undefined;
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
  return FINAL.find((final) => final === code);
};

export const createConnection = (options: {
  readonly serverUrl: string;
  readonly policy: ReconnectPolicy;
  readonly time: LocalTime;
  /** By namespace; the first one's refusals and connects count for the whole. */
  readonly channels: Readonly<
    Record<string, { readonly auth: Record<string, string>; readonly handlers: ChannelHandlers }>
  >;
  readonly onFinal: (code: FinalConnectCode, message: string) => void;
}): Connection => {
  const { time, channels } = options;
  const namespaces = Object.keys(channels);
  let manager: Manager | undefined;
  let sockets = new Map<string, Socket>();
  let up = new Set<string>();
  let running = false;
  let attempt = 0;
  let lostAt = 0;
  let cancelTimer = () => {};

  const dismantle = () => {
    cancelTimer();
    const old = manager;
    manager = undefined;
    for (const socket of sockets.values()) socket.removeAllListeners();
    sockets = new Map();
    old?.removeAllListeners();
    // Errors of a transport that is being thrown away concern nobody.
    old?.on('error', () => {});
    old?._close();
    const wereUp = up;
    up = new Set();
    for (const namespace of wereUp) channels[namespace]?.handlers.down();
  };

  const lost = () => {
    if (attempt === 0) lostAt = time.now();
    dismantle();
    if (!running) return;
    const delay = options.policy.nextDelayMs(attempt, time.now() - lostAt);
    attempt += 1;
    if (delay !== null) cancelTimer = time.after(delay, open);
  };

  const open = () => {
    dismantle();
    const current = new Manager(options.serverUrl, {
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      timeout: CONNECT_TIMEOUT_MS,
    });
    manager = current;
    const ifCurrent = (run: () => void) => () => {
      if (manager === current) run();
    };
    current.on('error', ifCurrent(lost));
    current.on('close', ifCurrent(lost));
    cancelTimer = time.after(CONNECT_TIMEOUT_MS, ifCurrent(lost));
    for (const namespace of namespaces) {
      const channel = channels[namespace];
      if (channel) sockets.set(namespace, openChannel(current, namespace, channel, ifCurrent));
    }
    for (const socket of sockets.values()) socket.connect();
  };

  const openChannel = (
    current: Manager,
    namespace: string,
    channel: (typeof channels)[string],
    ifCurrent: (run: () => void) => () => void,
  ): Socket => {
    const socket = current.socket(namespace, { auth: channel.auth });
    socket.on('connect', () => {
      if (manager !== current) return;
      up.add(namespace);
      if (namespace === namespaces[0]) {
        attempt = 0;
        cancelTimer();
      }
      channel.handlers.up();
    });
    socket.on('connect_error', (error) => {
      if (manager !== current) return;
      const final = finalCodeOf(error);
      if (!final) return lost();
      running = false;
      dismantle();
      options.onFinal(final, error.message);
    });
    socket.on('disconnect', (reason) => {
      if (manager !== current || reason !== 'io server disconnect') return;
      if (up.delete(namespace)) channel.handlers.down();
      cancelTimer();
      cancelTimer = time.after(KICK_PATIENCE_MS, ifCurrent(lost));
    });
    socket.onAny((name: string, body: unknown) => {
      if (manager === current) channel.handlers.message(name, body);
    });
    return socket;
  };

  return {
    start() {
      if (running) return;
      running = true;
      attempt = 0;
      lostAt = time.now();
      open();
    },
    stop() {
      running = false;
      dismantle();
    },
    retryNow() {
      if (running && !manager) open();
    },
    recycle() {
      if (running && up.size > 0) lost();
    },
    emitOn: (namespace) => (name, body, ack) => {
      const socket = sockets.get(namespace);
      if (!socket?.connected) return;
      if (ack) socket.emit(name, body, ack);
      else socket.emit(name, body);
    },
  };
};
