// The /session connections of this node, and what each has been sent: every commit once, in order, filtered for its viewer.
import type { Namespace, Socket } from 'socket.io';
import type { StoredCommit } from '../room/commands.ts';
import type { RoomState } from '../room/state.ts';
import { eventMessageOf, isSameForAll, roomViewOf } from '../room/view.ts';
import type { Step } from '../rooms/load-room.ts';
import type { Announcer, Clock, VoiceStatuses } from '../rooms/ports.ts';

export interface SessionConnection {
  readonly socket: Socket;
  readonly roomId: string;
  readonly participantId: string;
  /** Given by the room when the connection was committed. */
  epoch?: number;
  /** Version of the last commit sent; undefined until the snapshot. */
  version?: number;
  /** Commits that arrived before the snapshot was sent. */
  readonly early: Step[];
  /** Best round trip that the client reported, ms. */
  rttMs?: number;
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
  /** Sends steps that an announcement did not bring; those already sent are skipped. */
  replay(connection: SessionConnection, steps: readonly Step[]): void;
  readonly size: number;
}

interface Options {
  readonly namespace: Namespace;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  /** A connection missed a commit: its steps have to be fetched and replayed. */
  readonly onGap: (connection: SessionConnection) => void;
  /** The participant may not be connected any more. */
  readonly onCut: (roomId: string, participantId: string | undefined) => void;
}

const NONE: ReadonlySet<SessionConnection> = new Set();

export const createRoomConnections = ({ namespace, clock, voice, onGap, onCut }: Options): RoomConnections => {
  const rooms = new Map<string, Set<SessionConnection>>();
  let size = 0;

  const of = (roomId: string): ReadonlySet<SessionConnection> => rooms.get(roomId) ?? NONE;

  const send = (connection: SessionConnection, { before, after, commit }: Step): void => {
    connection.version = commit.version;
    connection.socket.emit('room:event', eventMessageOf(commit, before, after, connection.participantId));
  };

  const offer = (connection: SessionConnection, step: Step): void => {
    const { version } = connection;
    if (version === undefined) connection.early.push(step);
    else if (step.commit.version === version + 1) send(connection, step);
    else if (step.commit.version > version + 1) onGap(connection);
  };

  const snapshotFor = (connection: SessionConnection, state: RoomState): object => ({
    version: state.version,
    serverTime: clock.now(),
    room: roomViewOf(state, connection.participantId, voice.of(connection.roomId)),
  });

  const announce = (before: RoomState, after: RoomState, commit: StoredCommit): void => {
    const { roomId } = after.definition;
    const here = of(roomId);
    if (here.size > 0) {
      const inStep = [...here].every((connection) => connection.version === before.version);
      if (inStep && here.size > 1 && isSameForAll(commit)) {
        // The usual case, a page turn: encoded once for everybody.
        for (const connection of here) connection.version = commit.version;
        const [first] = here;
        namespace.local
          .to(roomId)
          .emit('room:event', eventMessageOf(commit, before, after, first?.participantId ?? ''));
      } else {
        for (const connection of here) offer(connection, { before, after, commit });
      }
    }
    for (const event of commit.events) if (event.type === 'participant_removed') onCut(roomId, event.participantId);
  };

  return {
    of,
    announce,
    snapshotFor,
    rooms: () => [...rooms.keys()],
    closeRoom: (roomId) => onCut(roomId, undefined),
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
      connection.version = state.version;
      connection.socket.emit('room:snapshot', snapshotFor(connection, state));
      void connection.socket.join(connection.roomId);
      for (const step of connection.early.splice(0)) offer(connection, step);
    },
    replay(connection, steps) {
      for (const step of steps) if (step.commit.version === (connection.version ?? 0) + 1) send(connection, step);
    },
    get size() {
      return size;
    },
  };
};
