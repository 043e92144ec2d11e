// Socket.IO namespace /signaling: relays SDP and ICE between two participants of one room. Keeps and logs none of it.
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import type { Refusal } from '../protocol/error-codes.ts';
import {
  instanceSchema,
  MAX_SIGNAL_BYTES,
  type PeerRole,
  type Signal,
  signalSchema,
} from '../protocol/signaling-messages.ts';
import type { Clock } from '../rooms/ports.ts';
import { accept, problemsOf, refuse, splitAck } from './acks.ts';
import { identityOf, type SocketIdentity } from './authenticate.ts';
import type { SignalingInstances } from './ports.ts';
import { createRateLimit } from './rate-limit.ts';

const SIGNALS_PER_SECOND = 50;
const SIGNAL_BURST = 200;
/** A page that reconnects keeps its voices: the others are told that it left only if it stays away. */
const LEFT_AFTER_MS = 10_000;

interface SignalingNamespaceOptions {
  readonly namespace: Namespace;
  readonly instances: SignalingInstances;
  readonly clock: Clock;
  readonly log: Logger;
}

interface PeerConnection extends SocketIdentity {
  readonly epoch: number;
  /** Undefined while the page is away and may come back. */
  socket: Socket | undefined;
  leaving?: NodeJS.Timeout;
}

export interface SignalingNamespace {
  cut(roomId: string, participantId: string | undefined): void;
  close(): void;
  /** Peers known, present or away. */
  readonly size: number;
}

/** Fixed per pair: the lower seat offers, so both never do at once. */
const roleTowards = (own: SocketIdentity, other: SocketIdentity): PeerRole =>
  own.seat < other.seat ? 'offer' : 'answer';

const UNKNOWN_MESSAGE = {
  refusal: { code: 'invalid_message', details: { problems: ['message: only "signal" is known here'] } },
} as const;

const checkSignal = (body: unknown): { readonly signal: Signal } | { readonly refusal: Refusal } => {
  const parsed = signalSchema.safeParse(body);
  if (!parsed.success) return { refusal: problemsOf(parsed.error.issues) };
  const { description, candidate } = parsed.data;
  const bytes = Buffer.byteLength(JSON.stringify(description ?? candidate));
  return bytes > MAX_SIGNAL_BYTES ? { refusal: { code: 'signal_too_large' } } : { signal: parsed.data };
};

export const serveSignaling = ({ namespace, instances, clock, log }: SignalingNamespaceOptions): SignalingNamespace => {
  const rooms = new Map<string, Map<string, PeerConnection>>();

  const othersOf = (peer: SocketIdentity): PeerConnection[] =>
    [...(rooms.get(peer.roomId)?.values() ?? [])].filter((other) => other.participantId !== peer.participantId);

  const drop = (peer: PeerConnection): void => {
    clearTimeout(peer.leaving);
    const room = rooms.get(peer.roomId);
    if (room?.get(peer.participantId) !== peer) return;
    room.delete(peer.participantId);
    if (room.size === 0) rooms.delete(peer.roomId);
    const { participantId, epoch } = peer;
    for (const other of othersOf(peer)) other.socket?.emit('peer:left', { participantId, epoch });
  };

  const relay = (peer: PeerConnection, signal: Signal): Refusal | undefined => {
    const { to, epoch, ...content } = signal;
    const target = rooms.get(peer.roomId)?.get(to);
    if (!target?.socket || target === peer) return { code: 'peer_not_found' };
    if (target.epoch !== epoch) return { code: 'stale_epoch', details: { epoch: target.epoch } };
    target.socket.emit('signal', { from: peer.participantId, epoch: peer.epoch, ...content });
    return undefined;
  };

  const listen = (peer: PeerConnection, socket: Socket): void => {
    const limit = createRateLimit({ clock, perSecond: SIGNALS_PER_SECOND, burst: SIGNAL_BURST });
    socket.onAny((name: string, ...args: unknown[]) => {
      const { body, ack } = splitAck(args);
      const allowed = limit.take();
      if (allowed === 'close') return socket.conn.close();
      // A signal's own faults are told even over the limit: that is the contract's order of refusals.
      const checked = name === 'signal' ? checkSignal(body) : UNKNOWN_MESSAGE;
      const refusal =
        'refusal' in checked
          ? checked.refusal
          : allowed === 'refuse'
            ? { code: 'rate_limited' as const }
            : relay(peer, checked.signal);
      if (refusal) refuse(ack, refusal, peer.language);
      else accept(ack, {});
    });
    socket.once('disconnect', (reason) => {
      if (peer.socket !== socket) return;
      peer.socket = undefined;
      const leavesForGood = reason === 'client namespace disconnect' || reason === 'server namespace disconnect';
      if (leavesForGood) drop(peer);
      else peer.leaving = setTimeout(drop, LEFT_AFTER_MS, peer);
    });
  };

  const enter = async (socket: Socket): Promise<void> => {
    const identity = identityOf(socket);
    const epoch = await instances.epochOf(identity.roomId, identity.participantId, String(socket.data.instance));
    if (!socket.connected) return;
    const room = rooms.get(identity.roomId) ?? new Map<string, PeerConnection>();
    rooms.set(identity.roomId, room);
    const known = room.get(identity.participantId);
    if (known && known.epoch > epoch) {
      socket.emit('connection:replaced', {});
      socket.disconnect();
      return;
    }
    const peer: PeerConnection = known?.epoch === epoch ? known : { ...identity, epoch, socket };
    clearTimeout(known?.leaving);
    const former = known?.socket;
    peer.socket = socket;
    room.set(identity.participantId, peer);
    if (known && known !== peer) known.socket = undefined;
    if (former) {
      former.emit('connection:replaced', {});
      former.disconnect();
    }
    listen(peer, socket);

    const others = othersOf(peer).filter((other) => other.socket);
    socket.emit('peers', {
      peers: others.map((other) => ({
        participantId: other.participantId,
        epoch: other.epoch,
        role: roleTowards(peer, other),
      })),
    });
    const { participantId } = peer;
    for (const other of others)
      other.socket?.emit('peer:joined', { participantId, epoch, role: roleTowards(other, peer) });
  };

  namespace.use((socket, next) => {
    // A client that names no instance is a new page each time.
    const instance = instanceSchema.safeParse(
      socket.handshake.auth.instance ?? socket.handshake.query.instance ?? socket.id,
    );
    if (!instance.success)
      return next(Object.assign(new Error('auth.instance is not valid'), { data: { code: 'invalid_message' } }));
    socket.data.instance = instance.data;
    next();
  });

  namespace.on('connection', (socket) => {
    enter(socket).catch((error: unknown) => {
      log.warn({ err: error }, 'a signaling connection could not be numbered and was closed to come again');
      socket.conn.close();
    });
  });

  return {
    cut(roomId, participantId) {
      for (const peer of [...(rooms.get(roomId)?.values() ?? [])]) {
        if (participantId !== undefined && participantId !== peer.participantId) continue;
        const { socket } = peer;
        drop(peer);
        socket?.disconnect();
      }
    },
    close() {
      for (const room of rooms.values()) for (const peer of room.values()) clearTimeout(peer.leaving);
      rooms.clear();
    },
    get size() {
      let size = 0;
      for (const room of rooms.values()) size += room.size;
      return size;
    },
  };
};
