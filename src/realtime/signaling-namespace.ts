// Socket.IO namespace /signaling: relays SDP and ICE between two participants of one room. Keeps and logs none of it.
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import type { Refusal } from '../protocol/error-codes.ts';
import { instanceSchema, MAX_SIGNAL_BYTES, type Signal, signalSchema } from '../protocol/signaling-messages.ts';
import type { Clock } from '../rooms/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { accept, problemsOf, refuse, splitAck } from './acks.ts';
import { identityOf, turnAway } from './authenticate.ts';
import { TOO_LARGE } from './bounded-decoder.ts';
import type { RemotePeers, SignalingInstances } from './ports.ts';
import type { RefusedMessages } from './refused-messages.ts';
import { createSignalLimits } from './signal-limits.ts';
import { createSignalingPeers, type LocalPeer, type SignalingPeers } from './signaling-peers.ts';

interface SignalingNamespaceOptions {
  readonly namespace: Namespace;
  readonly instances: SignalingInstances;
  /** Pages on other nodes; undefined: there are none. */
  readonly remotePeers?: RemotePeers | undefined;
  /** Removals in the room matter, whichever node commits them. */
  readonly rooms: Pick<Rooms, 'follow' | 'listen'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly refused: RefusedMessages;
}

export type SignalingNamespace = Pick<SignalingPeers, 'restart' | 'close' | 'size'>;

type CheckedMessage = { readonly signal: Signal } | { readonly refusal: Refusal };

const UNKNOWN_MESSAGE: CheckedMessage = {
  refusal: { code: 'invalid_message', details: { problems: ['message: only "signal" is known here'] } },
};

const checkSignal = (body: unknown): CheckedMessage => {
  if (body === TOO_LARGE) return { refusal: { code: 'signal_too_large' } };
  const parsed = signalSchema.safeParse(body);
  if (!parsed.success) return { refusal: problemsOf(parsed.error.issues) };
  const { description, candidate } = parsed.data;
  const bytes = Buffer.byteLength(JSON.stringify(description ?? candidate));
  return bytes > MAX_SIGNAL_BYTES ? { refusal: { code: 'signal_too_large' } } : { signal: parsed.data };
};

export const serveSignaling = (options: SignalingNamespaceOptions): SignalingNamespace => {
  const { namespace, instances, remotePeers: remote, rooms, clock, log, refused } = options;
  const peers = createSignalingPeers({ namespace, remote });
  const limits = createSignalLimits({ clock });

  const relay = (peer: LocalPeer, signal: Signal): Refusal | undefined => {
    const { to, epoch, ...content } = signal;
    const target = to === peer.participantId ? undefined : peers.targetOf(peer.roomId, to);
    if (!target) return { code: 'peer_not_found' };
    if (target.pageEpoch !== epoch) return { code: 'stale_epoch', details: { epoch: target.pageEpoch } };
    const obstacle = target.isRemote ? remote?.obstacle() : undefined;
    if (obstacle) return { code: obstacle };
    target.emit('signal', { from: peer.participantId, epoch: peer.pageEpoch, ...content });
    return undefined;
  };

  const listen = (peer: LocalPeer, socket: Socket): void => {
    socket.onAny((name: string, ...args: unknown[]) => {
      const { body, length, ack: answer } = splitAck(args);
      const ack = refused.watch(socket, name, answer);
      const checked = name === 'signal' || body === TOO_LARGE ? checkSignal(body) : UNKNOWN_MESSAGE;
      const allowed = limits.takeSignal(peer, { length, isRelayed: 'signal' in checked });
      if (allowed === 'close') return socket.conn.close();
      // A faulty signal is refused as faulty even over the limit: that is the contract's order of refusals.
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
      peers.leave(peer, reason === 'client namespace disconnect' || reason === 'server namespace disconnect');
    });
  };

  /** Undefined: the socket has gone, or a newer page is there. */
  const enter = async (socket: Socket, release: () => void): Promise<LocalPeer | undefined> => {
    const { roomId, participantId } = identityOf(socket);
    const pageEpoch = await instances.pageEpochOf(roomId, participantId, String(socket.data.instance));
    await peers.prepare(socket, pageEpoch);
    if (!socket.connected) return undefined;
    const peer = peers.enter(socket, pageEpoch, release);
    if (peer) listen(peer, socket);
    return peer;
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
    const identity = identityOf(socket);
    if (!limits.mayConnect(identity)) return turnAway(socket, { code: 'rate_limited' });
    const ends = [rooms.follow(identity.roomId), remote?.watch(identity.roomId)];
    const release = (): void => {
      for (const end of ends) end?.();
    };
    enter(socket, release).then(
      (peer) => {
        if (!peer) release();
      },
      (error: unknown) => {
        release();
        log.warn({ err: error }, 'a signaling connection could not be numbered and was closed to come again');
        socket.conn.close();
      },
    );
  });

  /** Whoever comes again is the page that everybody knows, whatever the database has lost. Never rejects. */
  const rememberPages = async (roomId: string): Promise<void> => {
    const pages = peers
      .pagesOf(roomId)
      .map(({ participantId, instance, pageEpoch }) => ({ participantId, instance, pageEpoch }));
    if (pages.length === 0) return;
    await instances.remember(roomId, pages).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'pages in signaling may be numbered anew');
    });
  };

  rooms.listen({
    committed({ commit, after }) {
      for (const event of commit.events)
        if (event.type === 'participant_removed') peers.cut(after.definition.roomId, event.participantId);
    },
    // Transports are closed later (create-realtime.ts): the sessions on them must be dismissed first.
    takenBack: rememberPages,
    erased: (roomId) => peers.cut(roomId, undefined),
  });

  return peers;
};
