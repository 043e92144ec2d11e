// Which pages are in signaling: those connected to this node, and what is known of those on others. Of a participant's pages
// one counts, whichever node it is on: the newest page, and of one page the newest connection. Tells who comes and goes.
import type { Namespace, Socket } from 'socket.io';
import type { PeerRole } from '../protocol/signaling-messages.ts';
import { identityOf, type SocketIdentity } from './authenticate.ts';
import { closeReplaced } from './close-replaced.ts';
import type { PeerPlace, RemotePeers } from './ports.ts';

/** A page that reconnects keeps its voices: `peer:left` is sent to the others only if it stays away. */
const LEFT_AFTER_MS = 10_000;

export interface LocalPeer extends SocketIdentity {
  readonly instance: string;
  readonly pageEpoch: number;
  /** Undefined while the page is away and may come back. */
  socket: Socket | undefined;
  leaving?: NodeJS.Timeout;
  /** Ends what is kept up for the room because of this page. */
  readonly release: () => void;
}

/** Where signals to a participant's page go. */
export interface SignalTarget {
  readonly pageEpoch: number;
  readonly isRemote: boolean;
  emit(name: string, body: object): void;
}

export interface SignalingPeers {
  /** Before a page enters: what the other nodes emit to it reaches this node. */
  prepare(socket: Socket, pageEpoch: number): Promise<void>;
  /** Undefined: a newer page is there, and the socket has been closed. */
  enter(socket: Socket, pageEpoch: number, release: () => void): LocalPeer | undefined;
  leave(peer: LocalPeer, forGood: boolean): void;
  targetOf(roomId: string, participantId: string): SignalTarget | undefined;
  /** Pages of the room on this node, those included that may come back. */
  pagesOf(roomId: string): LocalPeer[];
  /** Closes the room's transports, to come again. */
  restart(roomId: string): void;
  cut(roomId: string, participantId: string | undefined): void;
  close(): void;
  readonly size: number;
}

interface SignalingPeersOptions {
  readonly namespace: Namespace;
  readonly remote: RemotePeers | undefined;
}

/** Fixed per pair: the lower seat offers, so both never do at once. */
const roleTowards = (own: { readonly seat: number }, other: { readonly seat: number }): PeerRole =>
  own.seat < other.seat ? 'offer' : 'answer';

/** A Socket.IO room with one page in it. No id of a socket looks like this. */
const socketRoomOf = (roomId: string, participantId: string, pageEpoch: number): string =>
  `page:${roomId}:${participantId}:${pageEpoch}`;

export const createSignalingPeers = ({ namespace, remote }: SignalingPeersOptions): SignalingPeers => {
  const rooms = new Map<string, Map<string, LocalPeer>>();

  const othersOf = (roomId: string, participantId: string): LocalPeer[] =>
    [...(rooms.get(roomId)?.values() ?? [])].filter((other) => other.participantId !== participantId);

  const announce = (roomId: string, participantId: string, { pageEpoch, seat }: PeerPlace | LocalPeer): void => {
    for (const other of othersOf(roomId, participantId))
      other.socket?.emit('peer:joined', { participantId, epoch: pageEpoch, role: roleTowards(other, { seat }) });
  };

  const announceLeft = (roomId: string, participantId: string, { pageEpoch }: PeerPlace | LocalPeer): void => {
    for (const other of othersOf(roomId, participantId))
      other.socket?.emit('peer:left', { participantId, epoch: pageEpoch });
  };

  const tellOtherNodes = ({ roomId, participantId, pageEpoch, seat, socket }: LocalPeer): void =>
    remote?.publish(roomId, participantId, { pageEpoch, seat, present: socket !== undefined });

  /** True if the page was known here until now. */
  const forget = (peer: LocalPeer): boolean => {
    clearTimeout(peer.leaving);
    const room = rooms.get(peer.roomId);
    if (room?.get(peer.participantId) !== peer) return false;
    room.delete(peer.participantId);
    if (room.size === 0) rooms.delete(peer.roomId);
    return true;
  };

  const drop = (peer: LocalPeer): void => {
    if (!forget(peer)) return;
    remote?.withdraw(peer.roomId, peer.participantId);
    announceLeft(peer.roomId, peer.participantId, peer);
    peer.release();
  };

  /** While Redis is away the page may be on another node, and nobody can say so. */
  const dropIfStillAway = (peer: LocalPeer): void => {
    if (remote && !remote.isUp()) peer.leaving = setTimeout(dropIfStillAway, LEFT_AFTER_MS, peer);
    else drop(peer);
  };

  /** The participant has a newer page on another node: this one is dropped without a `peer:left`. */
  const giveUp = (peer: LocalPeer): void => {
    forget(peer);
    const { socket } = peer;
    peer.socket = undefined;
    if (socket) closeReplaced(socket);
    peer.release();
  };

  /** The page here counts more than what another node says of the participant. */
  const countsMoreThan = (place: PeerPlace | undefined, { pageEpoch, socket }: LocalPeer): boolean =>
    place === undefined ||
    place.pageEpoch < pageEpoch ||
    (place.pageEpoch === pageEpoch && socket !== undefined && !place.present);

  remote?.onChange((roomId, participantId, now, before) => {
    const here = rooms.get(roomId)?.get(participantId);
    if (here && countsMoreThan(now, here)) {
      tellOtherNodes(here);
      return;
    }
    if (now?.present) announce(roomId, participantId, now);
    else if (!now && before) announceLeft(roomId, participantId, before);
    if (here) giveUp(here);
  });

  return {
    async prepare(socket, pageEpoch) {
      if (!remote) return;
      const { roomId, participantId } = identityOf(socket);
      const socketRoom = socketRoomOf(roomId, participantId, pageEpoch);
      await socket.join(socketRoom);
      await Promise.all([remote.reachable(socketRoom), remote.filled(roomId)]);
    },
    enter(socket, pageEpoch, release) {
      const identity = identityOf(socket);
      const { roomId, participantId } = identity;
      const known = rooms.get(roomId)?.get(participantId);
      const onOtherNodes = remote?.of(roomId);
      if (Math.max(known?.pageEpoch ?? 0, onOtherNodes?.get(participantId)?.pageEpoch ?? 0) > pageEpoch) {
        closeReplaced(socket);
        return undefined;
      }
      const former = known?.socket;
      const peer: LocalPeer = { ...identity, instance: String(socket.data.instance), pageEpoch, socket, release };
      if (known) {
        forget(known);
        known.socket = undefined;
        known.release();
      }
      const room = rooms.get(roomId) ?? new Map<string, LocalPeer>();
      rooms.set(roomId, room.set(participantId, peer));
      if (former) closeReplaced(former);
      tellOtherNodes(peer);

      const others: { readonly participantId: string; readonly pageEpoch: number; readonly seat: number }[] = othersOf(
        roomId,
        participantId,
      ).filter((other) => other.socket);
      for (const [id, place] of onOtherNodes ?? [])
        if (place.present && !room.has(id)) others.push({ participantId: id, ...place });
      socket.emit('peers', {
        peers: others.map((other) => ({
          participantId: other.participantId,
          epoch: other.pageEpoch,
          role: roleTowards(peer, other),
        })),
      });
      announce(roomId, participantId, peer);
      return peer;
    },
    leave(peer, forGood) {
      peer.socket = undefined;
      if (forGood) return drop(peer);
      tellOtherNodes(peer);
      peer.leaving = setTimeout(dropIfStillAway, LEFT_AFTER_MS, peer);
    },
    targetOf(roomId, participantId) {
      const here = rooms.get(roomId)?.get(participantId);
      if (here) {
        const { socket, pageEpoch } = here;
        return socket && { pageEpoch, isRemote: false, emit: (name, body) => void socket.emit(name, body) };
      }
      const onOtherNodes = remote?.of(roomId).get(participantId);
      if (!onOtherNodes?.present) return undefined;
      const { pageEpoch } = onOtherNodes;
      const socketRoom = socketRoomOf(roomId, participantId, pageEpoch);
      return { pageEpoch, isRemote: true, emit: (name, body) => void namespace.to(socketRoom).emit(name, body) };
    },
    pagesOf: (roomId) => [...(rooms.get(roomId)?.values() ?? [])],
    restart(roomId) {
      for (const { socket } of [...(rooms.get(roomId)?.values() ?? [])]) socket?.conn.close();
    },
    cut(roomId, participantId) {
      for (const peer of [...(rooms.get(roomId)?.values() ?? [])]) {
        if (participantId !== undefined && participantId !== peer.participantId) continue;
        const { socket } = peer;
        drop(peer);
        socket?.disconnect();
      }
    },
    close() {
      for (const room of rooms.values()) {
        for (const peer of room.values()) {
          clearTimeout(peer.leaving);
          peer.release();
        }
      }
      rooms.clear();
    },
    get size() {
      let size = 0;
      for (const room of rooms.values()) size += room.size;
      return size;
    },
  };
};
