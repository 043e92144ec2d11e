// How a connection enters its room, and how the room learns of its end.
import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { turnAway } from './authenticate.ts';
import type { SessionConnection } from './session-connection.ts';
import type { SessionConnections } from './session-connections.ts';
import type { UnsentGuard } from './unsent-guard.ts';

/**
 * A client that has waited six seconds gives up and tries another node, and the news of that may come late. More than the four
 * seconds between two pings: a connection that has long been in use (for signaling) may have been silent for so long.
 */
const WANTED_FOR_MS = 5_000;

interface SessionEntryOptions {
  readonly rooms: Pick<Rooms, 'handle'>;
  readonly sessions: Pick<SessionConnections, 'welcome'>;
  readonly voice: Pick<VoiceStatuses, 'filled'>;
  readonly unsent: Pick<UnsentGuard, 'allowSnapshot'>;
  readonly bootId: () => string;
  /** Since its WebSocket was opened or last answered a ping. */
  readonly silentMsOf: (socket: Socket) => number;
  readonly log: Logger;
}

export interface SessionEntry {
  /** Resolves when the connection is welcome, or has been turned away. Never rejects. */
  enter(connection: SessionConnection): Promise<void>;
  /** The socket is closed. */
  leave(connection: SessionConnection): void;
}

export const createSessionEntry = (options: SessionEntryOptions): SessionEntry => {
  const { rooms, sessions, voice, unsent, bootId, silentMsOf, log } = options;

  const lose = ({ roomId, participantId }: SessionConnection, epoch: number): void => {
    // What fails or loses every race here is found again by healing: the journal says connected, and no socket is.
    rooms.handle(roomId, { type: 'disconnect', by: participantId, epoch }).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'a lost connection could not be committed yet');
    });
  };

  const welcome = async (connection: SessionConnection): Promise<void> => {
    const { roomId, participantId, socket } = connection;
    // The first of a room on this node: the snapshot shows the others' microphones.
    await voice.filled(roomId);
    // A client that gave up waiting has connected to another node meanwhile: this connection must not replace that one.
    const isWanted = () => socket.connected && silentMsOf(socket) < WANTED_FOR_MS;
    const result = await rooms.handle(roomId, { type: 'connect', by: participantId, bootId: bootId() }, { isWanted });
    if (!result.ok) return turnAway(socket, result.refusal);
    const { epoch } = result.answer;
    if (connection.stage !== 'entering') return lose(connection, epoch);
    sessions.welcome(connection, epoch, result.state);
    unsent.allowSnapshot(socket.conn);
  };

  return {
    enter: (connection) =>
      welcome(connection).catch((error: unknown) => {
        const { roomId, socket } = connection;
        log.warn({ err: error, roomId }, 'a connection could not be committed and was closed to come again');
        socket.conn.close();
      }),
    leave(connection) {
      const epoch = connection.end();
      if (epoch !== undefined) lose(connection, epoch);
    },
  };
};
