// The /session connections of this node, and what each has been sent: every commit once, in order, filtered for its viewer.
import type { Namespace, Socket } from 'socket.io';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { StoredCommit } from '../room/commands.ts';
import { isLiveConnection, participantOf } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import { eventMessageOf, isSameForAll, missedMessagesOf, roomViewOf } from '../room/view.ts';
import type { Step } from '../rooms/copies/load-room.ts';
import type { Announcer, Clock } from '../rooms/ports.ts';
import type { VoiceStatuses } from '../rooms/presence/ports.ts';

export interface SessionConnection {
  readonly socket: Socket;
  readonly roomId: string;
  readonly participantId: string;
  /** Given by the room when the connection was committed. */
  epoch?: number;
  /** Version of the last commit sent; undefined until the snapshot. */
  sentVersion?: number;
  /** Commits that arrived before the snapshot was sent. */
  readonly early: Step[];
  /** Otherwise its heartbeats are timed. */
  reportsRoundTrips: boolean;
  /** Another connection of the same participant took over. */
  replaced: boolean;
}

export interface RoomConnections extends Announcer {
  open(connection: SessionConnection): void;
  close(connection: SessionConnection): void;
  of(roomId: string): ReadonlySet<SessionConnection>;
  /** Sends the snapshot, then whatever was committed since. */
  welcome(connection: SessionConnection, state: RoomState): void;
  snapshotFor(connection: SessionConnection, state: RoomState): object;
  /** Sends commits that no announcement brought, the state being that of the last; those already sent are skipped. */
  replay(connection: SessionConnection, commits: readonly StoredCommit[], state: RoomState): void;
  /** To all on this node who are welcome in the room. */
  tell(roomId: string, name: string, body: object): void;
  readonly size: number;
}

interface Options {
  readonly namespace: Namespace;
  readonly clock: Clock;
  readonly voice: Pick<VoiceStatuses, 'of'>;
  /** A connection missed commits: they have to be fetched and replayed. */
  readonly onGap: (connection: SessionConnection) => void;
  /** The journal goes by this connection no more: a newer one of the participant counts, or it was declared lost. */
  readonly onGivenUp: (connection: SessionConnection, reason: 'replaced' | 'lost') => void;
  /** What these connections were sent is gone: they are closed, to come again. */
  readonly onRestart: (roomId: string) => Promise<void>;
  /** The participant may not be connected any more. */
  readonly onCut: (roomId: string, participantId: string | undefined) => void;
}

type PresenceEvent = Extract<RoomEvent, { type: 'participant_connected' | 'participant_disconnected' }>;

const NONE: ReadonlySet<SessionConnection> = new Set();

export const createRoomConnections = ({
  namespace,
  clock,
  voice,
  onGap,
  onGivenUp,
  onRestart,
  onCut,
}: Options): RoomConnections => {
  const rooms = new Map<string, Set<SessionConnection>>();
  let size = 0;

  const of = (roomId: string): ReadonlySet<SessionConnection> => rooms.get(roomId) ?? NONE;

  const send = (connection: SessionConnection, { before, after, commit }: Step): void => {
    connection.sentVersion = commit.version;
    connection.socket.emit('room:event', eventMessageOf(commit, before, after, connection.participantId));
  };

  const offer = (connection: SessionConnection, step: Step): void => {
    const { sentVersion } = connection;
    if (sentVersion === undefined) connection.early.push(step);
    else if (step.commit.version === sentVersion + 1) send(connection, step);
    else if (step.commit.version > sentVersion + 1) onGap(connection);
  };

  const snapshotFor = (connection: SessionConnection, state: RoomState): object => ({
    version: state.version,
    serverTime: clock.now(),
    room: roomViewOf(state, connection.participantId, voice.of(connection.roomId)),
  });

  const giveUp = (roomId: string, event: PresenceEvent): void => {
    for (const connection of of(roomId)) {
      const { participantId, epoch } = connection;
      if (participantId !== event.participantId || epoch === undefined) continue;
      if (epoch < event.epoch) onGivenUp(connection, 'replaced');
      else if (epoch === event.epoch && event.type === 'participant_disconnected') onGivenUp(connection, 'lost');
    }
  };

  const announce = (before: RoomState, after: RoomState, commit: StoredCommit): void => {
    const { roomId } = after.definition;
    const here = of(roomId);
    if (here.size > 0) {
      const inStep = [...here].every((connection) => connection.sentVersion === before.version);
      if (inStep && here.size > 1 && isSameForAll(commit)) {
        // The usual case, a page turn: encoded once for everybody.
        for (const connection of here) connection.sentVersion = commit.version;
        const [first] = here;
        namespace.local
          .to(roomId)
          .emit('room:event', eventMessageOf(commit, before, after, first?.participantId ?? ''));
      } else {
        for (const connection of here) offer(connection, { before, after, commit });
      }
    }
    for (const event of commit.events) {
      if (event.type === 'participant_removed') onCut(roomId, event.participantId);
      else if (event.type === 'participant_connected' || event.type === 'participant_disconnected')
        giveUp(roomId, event);
    }
  };

  return {
    of,
    announce,
    snapshotFor,
    rooms: () => [...rooms.keys()],
    closeRoom: (roomId) => onCut(roomId, undefined),
    restart: onRestart,
    isAhead: (state) =>
      [...of(state.definition.roomId)].some(
        ({ sentVersion }) => sentVersion !== undefined && sentVersion > state.version,
      ),
    open(connection) {
      const here = rooms.get(connection.roomId) ?? new Set();
      rooms.set(connection.roomId, here.add(connection));
      size += 1;
    },
    close(connection) {
      const here = rooms.get(connection.roomId);
      if (!here?.delete(connection)) return;
      size -= 1;
      if (here.size === 0) rooms.delete(connection.roomId);
    },
    welcome(connection, state) {
      connection.sentVersion = state.version;
      connection.socket.emit('room:snapshot', snapshotFor(connection, state));
      void connection.socket.join(connection.roomId);
      for (const step of connection.early.splice(0)) offer(connection, step);
    },
    replay(connection, commits, state) {
      const { sentVersion = 0, participantId } = connection;
      // Pages come with the first turn that is sent, as they are in the state: neither may be that of another commit.
      const missed = commits.filter(({ version }) => version > sentVersion && version <= state.version);
      if (missed[0]?.version !== sentVersion + 1) return;
      for (const message of missedMessagesOf(missed, state, participantId)) {
        connection.sentVersion = message.version;
        connection.socket.emit('room:event', message);
      }
    },
    holds: (roomId, participantId) => [...of(roomId)].some((connection) => connection.participantId === participantId),
    catchUp(state) {
      for (const connection of of(state.definition.roomId)) {
        const { participantId, epoch, sentVersion } = connection;
        // Older than the connection: it says nothing about it.
        if (epoch === undefined || sentVersion === undefined || sentVersion > state.version) continue;
        if (!isLiveConnection(state, { participantId, epoch }))
          onGivenUp(connection, (participantOf(state, participantId)?.epoch ?? 0) > epoch ? 'replaced' : 'lost');
        else if (sentVersion < state.version) onGap(connection);
      }
    },
    tell: (roomId, name, body) => {
      namespace.local.to(roomId).emit(name, body);
    },
    get size() {
      return size;
    },
  };
};
