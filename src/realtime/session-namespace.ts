// Socket.IO namespace /session: the room. Opens and closes connections; each message goes through the door and then to the part
// that answers it. Holds no rule of the room.
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import type { Clock, Telemetry } from '../rooms/ports.ts';
import type { LocalConnections } from '../rooms/presence/local-connections.ts';
import type { RoundTrips, VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { slowRoundTripOf } from '../rooms/turn-lead.ts';
import { refuse } from './acks.ts';
import { identityOf, turnAway } from './authenticate.ts';
import type { CommandMetrics } from './command-metrics.ts';
import { timeHeartbeats } from './heartbeat-round-trip.ts';
import type { RefusedMessages } from './refused-messages.ts';
import { createSessionCommands } from './session-commands.ts';
import { createSessionConnection, type SessionConnection } from './session-connection.ts';
import { createSessionConnections } from './session-connections.ts';
import { type AdmittedMessage, createSessionDoor } from './session-door.ts';
import { createSessionEntry } from './session-entry.ts';
import { createSessionLimits } from './session-limits.ts';
import { createSessionMeasurements } from './session-measurements.ts';
import { createSessionQuestions } from './session-questions.ts';
import { createSessionTelemetry } from './session-telemetry.ts';
import type { UnsentGuard } from './unsent-guard.ts';
import { createVoiceStatus } from './voice-status.ts';

interface SessionNamespaceOptions {
  readonly namespace: Namespace;
  readonly rooms: Rooms;
  readonly connections: LocalConnections<SessionConnection>;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly bootId: () => string;
  readonly newId: () => string;
  /** Since its WebSocket was opened or last answered a ping. */
  readonly silentMsOf: (socket: Socket) => number;
  readonly metrics: CommandMetrics;
  readonly refused: RefusedMessages;
  readonly unsent: UnsentGuard;
}

export const serveSession = (options: SessionNamespaceOptions): void => {
  const { namespace, rooms, connections, clock, voice, roundTrips, log, unsent } = options;
  const limits = createSessionLimits({ clock });
  const sessions = createSessionConnections(options);
  const entry = createSessionEntry({ ...options, sessions });
  const admit = createSessionDoor({ ...options, limits });
  const command = createSessionCommands(options);
  const telemetry = createSessionTelemetry(
    {
      ...createSessionMeasurements({ ...options, limits }),
      ...createSessionQuestions({ ...options, sessions, limits }),
      ...createVoiceStatus({ ...options, sessions }),
    },
    unsent,
  );

  rooms.listen({
    committed: sessions.announce,
    confirmed: sessions.resend,
    takenBack: sessions.restart,
    erased: sessions.cut,
  });

  const answer = async (message: AdmittedMessage, connection: SessionConnection, entered: Promise<void>) => {
    const { body, ack } = message;
    try {
      if (message.kind === 'telemetry') await telemetry(message.name, body, connection, ack);
      else {
        await entered;
        await command(message.name, body, connection, ack);
      }
    } catch (error) {
      log.warn({ err: error, roomId: connection.roomId, message: message.name }, 'a message could not be handled');
      refuse(ack, { code: 'unavailable' }, identityOf(connection.socket).language);
    }
  };

  /** What this node keeps up to date for the room while the connection is open. */
  const keepUp = (connection: SessionConnection): (() => void) => {
    const { socket, roomId, participantId } = connection;
    const measured = timeHeartbeats(socket.conn, clock.monotonic, (rttMs) => {
      const slowMs = slowRoundTripOf({ rttMs });
      if (slowMs !== undefined && !connection.reportsRoundTrips) roundTrips.set(roomId, participantId, slowMs);
    });
    const ends = [rooms.follow(roomId), voice.watch(roomId), roundTrips.watch(roomId), measured];
    return () => {
      for (const end of ends) end();
    };
  };

  namespace.on('connection', (socket) => {
    const identity = identityOf(socket);
    const { roomId, participantId } = identity;
    if (!limits.mayConnect(participantId)) return turnAway(socket, { code: 'rate_limited' });
    const connection = createSessionConnection(socket, identity);
    connections.open(connection);
    const letGo = keepUp(connection);
    const entered = entry.enter(connection);

    socket.onAny((name: string, ...args: unknown[]) => {
      const message = admit(connection, name, args);
      if (message) void answer(message, connection, entered);
    });
    socket.once('disconnect', () => {
      connections.close(connection);
      // Who goes on here has reported anew what there is to report; what another node has published since stays in any case.
      if (!connections.holds(roomId, participantId))
        for (const values of [voice, roundTrips]) values.delete(roomId, participantId);
      letGo();
      entry.leave(connection);
    });
  });
};
