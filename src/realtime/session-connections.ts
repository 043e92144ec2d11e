// What the participants connected to this node are sent of their room: the snapshot, then every commit once and in order, each
// as its viewer may see it. Closes connections that the room counts no longer.
import type { Logger } from 'pino';
import type { Namespace } from 'socket.io';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { StoredCommit } from '../room/commands.ts';
import { eventMessageOf, isSameForAll, missedMessagesOf, roomViewOf } from '../room/participant-view.ts';
import { isLiveConnection, participantOf } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import type { Transition } from '../rooms/copies/load-room.ts';
import type { Clock } from '../rooms/ports.ts';
import type { LocalConnections } from '../rooms/presence/local-connections.ts';
import type { VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { closeReplaced } from './close-replaced.ts';
import type { SessionConnection } from './session-connection.ts';

interface SessionConnectionsOptions {
  readonly namespace: Pick<Namespace, 'local'>;
  readonly rooms: Pick<Rooms, 'commitsSince' | 'state'>;
  readonly connections: LocalConnections<SessionConnection>;
  readonly clock: Pick<Clock, 'now'>;
  readonly voice: Pick<VoiceStatuses, 'of'>;
  readonly log: Logger;
}

type PresenceEvent = Extract<RoomEvent, { type: 'participant_connected' | 'participant_disconnected' }>;

export interface SessionConnections {
  /** Sends the snapshot, then whatever was committed since; older connections of the participant are replaced. */
  welcome(connection: SessionConnection, epoch: number, state: RoomState): void;
  snapshotFor(connection: SessionConnection, state: RoomState): object;
  /** A commit is durable: everybody here is sent it. */
  announce(transition: Transition): void;
  /** The room as the journal has it: who was sent less gets the rest, and who no longer counts is closed. */
  resend(state: RoomState): void;
  /** Sends commits that no announcement brought, the state being that of the last; those already sent are skipped. */
  replay(connection: SessionConnection, commits: readonly StoredCommit[], state: RoomState): void;
  /** To all on this node who are welcome in the room. */
  tell(roomId: string, name: string, body: object): void;
  /** What these connections were sent is gone: they are closed, to come again. */
  restart(roomId: string): void;
  /** For good: the participant, or the whole room. */
  cut(roomId: string, participantId?: string): void;
}

const replace = (connection: SessionConnection): void => {
  connection.dismiss();
  closeReplaced(connection.socket);
};

/** The room has declared it lost: it is closed, to come again. */
const closeLost = ({ socket }: SessionConnection): void => {
  socket.conn.close();
};

export const createSessionConnections = (options: SessionConnectionsOptions): SessionConnections => {
  const { namespace, rooms, connections, clock, voice, log } = options;

  const replay: SessionConnections['replay'] = (connection, commits, state) => {
    const { sentVersion = 0, participantId } = connection;
    // Pages come with the first turn that is sent, as they are in the state: neither may be that of another commit.
    const missed = commits.filter(({ version }) => version > sentVersion && version <= state.version);
    if (missed[0]?.version !== sentVersion + 1) return;
    for (const message of missedMessagesOf(missed, state, participantId)) {
      connection.sent(message.version);
      connection.socket.emit('room:event', message);
    }
  };

  /** A connection missed commits: they are fetched, and sent. */
  const fillGap = (connection: SessionConnection): void => {
    const { roomId, sentVersion = 0 } = connection;
    Promise.all([rooms.commitsSince(roomId, sentVersion), rooms.state(roomId)]).then(
      ([commits, state]) => state && replay(connection, commits, state),
      (error: unknown) => log.warn({ err: error }, 'missed commits could not be fetched yet'),
    );
  };

  const offer = (connection: SessionConnection, transition: Transition): void => {
    const { before, after, commit } = transition;
    const { sentVersion, participantId } = connection;
    if (sentVersion === undefined) connection.keepForLater(transition);
    else if (commit.version === sentVersion + 1) {
      connection.sent(commit.version);
      connection.socket.emit('room:event', eventMessageOf(commit, before, after, participantId));
    } else if (commit.version > sentVersion + 1) fillGap(connection);
  };

  const closeUncounted = (roomId: string, event: PresenceEvent): void => {
    for (const connection of connections.of(roomId)) {
      const { participantId, epoch } = connection;
      if (participantId !== event.participantId || epoch === undefined) continue;
      if (epoch < event.epoch) replace(connection);
      else if (epoch === event.epoch && event.type === 'participant_disconnected') closeLost(connection);
    }
  };

  const cut: SessionConnections['cut'] = (roomId, participantId) => {
    for (const { socket, participantId: id } of connections.of(roomId))
      if (participantId === undefined || participantId === id) socket.disconnect();
  };

  const snapshotFor: SessionConnections['snapshotFor'] = ({ participantId, roomId }, state) => ({
    version: state.version,
    serverTime: clock.now(),
    room: roomViewOf(state, participantId, voice.of(roomId)),
  });

  const announceToAll = ({ before, after, commit }: Transition, here: ReadonlySet<SessionConnection>): void => {
    const { roomId } = after.definition;
    for (const connection of here) connection.sent(commit.version);
    const [first] = here;
    namespace.local.to(roomId).emit('room:event', eventMessageOf(commit, before, after, first?.participantId ?? ''));
  };

  return {
    ...{ snapshotFor, replay, cut },
    welcome(connection, epoch, state) {
      const { roomId, participantId, socket } = connection;
      // Commands of one room come back in order, so whoever is welcomed last is the newest.
      for (const other of connections.of(roomId))
        if (other !== connection && other.participantId === participantId && other.stage === 'welcomed') replace(other);
      const early = connection.welcome(epoch, state.version);
      socket.emit('room:snapshot', snapshotFor(connection, state));
      void socket.join(roomId);
      for (const transition of early) offer(connection, transition);
    },
    announce(transition) {
      const { before, after, commit } = transition;
      const { roomId } = after.definition;
      const here = connections.of(roomId);
      const isInStep = [...here].every(({ sentVersion }) => sentVersion === before.version);
      // The usual case, a page turn: encoded once for everybody.
      if (isInStep && here.size > 1 && isSameForAll(commit)) announceToAll(transition, here);
      else for (const connection of here) offer(connection, transition);
      for (const event of commit.events) {
        if (event.type === 'participant_removed') cut(roomId, event.participantId);
        else if (event.type === 'participant_connected' || event.type === 'participant_disconnected')
          closeUncounted(roomId, event);
      }
    },
    resend(state) {
      for (const connection of connections.of(state.definition.roomId)) {
        const { participantId, epoch, sentVersion } = connection;
        // A state that is older than the connection tells nothing about it.
        if (epoch === undefined || sentVersion === undefined || sentVersion > state.version) continue;
        if (isLiveConnection(state, { participantId, epoch })) {
          if (sentVersion < state.version) fillGap(connection);
        } else if ((participantOf(state, participantId)?.epoch ?? 0) > epoch) replace(connection);
        else closeLost(connection);
      }
    },
    tell: (roomId, name, body) => {
      namespace.local.to(roomId).emit(name, body);
    },
    restart(roomId) {
      for (const connection of [...connections.of(roomId)]) {
        connection.dismiss();
        connection.socket.conn.close();
      }
    },
  };
};
