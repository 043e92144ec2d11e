// Socket.IO namespace /session: the room. Message -> schema -> command -> Rooms.handle -> ack; announcements go out through
// RoomConnections. Holds no rule of the room.
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import type { SessionCommandName, SessionTelemetryName } from '../protocol/session-messages.ts';
import { sessionCommandSchemas, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { connectedOf } from '../room/room-queries.ts';
import type { RoomsService } from '../rooms/create-rooms.ts';
import type { Clock, Telemetry } from '../rooms/ports.ts';
import type { RoundTrips, VoiceStatuses } from '../rooms/presence/ports.ts';
import { slowRoundTripOf, turnLeadOf } from '../rooms/turn-lead.ts';
import { type AckFunction, accept, problemsOf, refuse, splitAck } from './acks.ts';
import { identityOf as socketIdentityOf, turnAway } from './authenticate.ts';
import { TOO_LARGE } from './bounded-decoder.ts';
import type { CommandMetrics } from './command-metrics.ts';
import { timeHeartbeats } from './heartbeat-round-trip.ts';
import type { RefusedMessages } from './refused-messages.ts';
import type { RoomConnections, SessionConnection } from './room-connections.ts';
import { commandOf, identityOf } from './session-commands.ts';
import { createSessionLimits } from './session-limits.ts';
import { createSessionTelemetry } from './session-telemetry.ts';
import type { UnsentGuard } from './unsent-guard.ts';

/**
 * Clients give up after six seconds and try elsewhere, and a goodbye may come late. More than the four seconds between pings:
 * who enters by a connection that has long been in use (for signaling) is wanted.
 */
const WANTED_FOR_MS = 5_000;

interface SessionNamespaceOptions {
  readonly namespace: Namespace;
  readonly rooms: RoomsService;
  readonly connections: RoomConnections;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly bootId: () => string;
  readonly newId: () => string;
  readonly commitP95Ms: () => number;
  /** Since its WebSocket was opened or last answered a ping. */
  readonly silentMsOf: (socket: Socket) => number;
  readonly metrics: CommandMetrics;
  readonly refused: RefusedMessages;
  readonly unsent: UnsentGuard;
}

const MESSAGE_TOO_LARGE: Refusal = {
  code: 'invalid_message',
  details: { problems: ['message: is larger than any message may be'] },
};

const isCommand = (name: string): name is SessionCommandName => Object.hasOwn(sessionCommandSchemas, name);
const isTelemetry = (name: string): name is SessionTelemetryName => Object.hasOwn(sessionTelemetrySchemas, name);

/** A choice whose value no question could take is a wrong choice, not a wrong message. */
const commandProblemsOf = (name: SessionCommandName, issues: Parameters<typeof problemsOf>[0]): Refusal => {
  const isValueAlone = name === 'choice:submit' && issues.every((issue) => issue.path[0] === 'value');
  return isValueAlone
    ? { code: 'invalid_choice', details: { reason: 'no question takes such a value' } }
    : problemsOf(issues);
};

export interface SessionNamespace {
  giveUp(connection: SessionConnection, reason: 'replaced' | 'lost'): void;
  /** Closes the room's transports, to come again. */
  restart(roomId: string): void;
  /** Cuts a participant, or the whole room, for good. */
  cut(roomId: string, participantId: string | undefined): void;
}

export const serveSession = (options: SessionNamespaceOptions): SessionNamespace => {
  const { namespace, rooms, connections, clock, voice, roundTrips, log, bootId, newId, commitP95Ms, metrics } = options;
  const { silentMsOf, refused, unsent } = options;
  const limits = createSessionLimits({ clock });
  const telemetry = createSessionTelemetry({ ...options, limits });

  const unavailable = (error: unknown, ack: AckFunction, connection: SessionConnection, name: string): void => {
    log.warn({ err: error, roomId: connection.roomId, message: name }, 'a message could not be handled');
    refuse(ack, { code: 'unavailable' }, socketIdentityOf(connection.socket).language);
  };

  const handleCommand = async (
    name: SessionCommandName,
    body: unknown,
    connection: SessionConnection,
    ack: AckFunction,
  ) => {
    const { language } = socketIdentityOf(connection.socket);
    const schema: z.ZodType<z.output<(typeof sessionCommandSchemas)[SessionCommandName]>> = sessionCommandSchemas[name];
    const parsed = schema.safeParse(body);
    if (!parsed.success) return refuse(ack, commandProblemsOf(name, parsed.error.issues), language);
    const { roomId, participantId, epoch } = connection;
    if (epoch === undefined) return refuse(ack, { code: 'unavailable' }, language);
    const known = await rooms.latestKnown(roomId);
    const rtts = roundTrips.of(roomId);
    const command = commandOf(name, parsed.data as never, {
      roomId,
      by: participantId,
      newId,
      now: clock.now,
      // Whoever has left may have left a round trip behind.
      leadMs: () => turnLeadOf(known ? connectedOf(known).map(({ id }) => rtts.get(id)) : [], commitP95Ms()),
    });
    const answered = metrics.begin(name);
    const result = await rooms.handle(roomId, command, {
      identity: identityOf(name, parsed.data, participantId),
      connection: { participantId, epoch },
    });
    answered(result.ok ? 'ok' : result.refusal.code);
    if (!result.ok) return refuse(ack, result.refusal, language);
    if (name === 'page:turn' && Number(result.answer.turnsAt) < clock.now()) metrics.lateTurns.inc();
    accept(ack, result.answer);
  };

  const handleTelemetry = async (
    name: SessionTelemetryName,
    body: unknown,
    connection: SessionConnection,
    ack: AckFunction,
  ) => {
    const { language } = socketIdentityOf(connection.socket);
    const parsed = sessionTelemetrySchemas[name].safeParse(body);
    if (!parsed.success) return refuse(ack, problemsOf(parsed.error.issues), language);
    const answer = await telemetry[name](parsed.data as never, connection);
    // Many may have been asked for at once: none is added to what is not read.
    if (unsent.cut(connection.socket.conn)) return;
    if ('refusal' in answer) refuse(ack, answer.refusal, language);
    else accept(ack, answer.fields);
  };

  const lose = (connection: SessionConnection, epoch: number): void => {
    const { roomId, participantId } = connection;
    // What fails or loses every race here is found again by healing: the journal says connected, and no socket is.
    rooms.handle(roomId, { type: 'disconnect', by: participantId, epoch }).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'a lost connection could not be committed yet');
    });
  };

  const replace = (connection: SessionConnection): void => {
    connection.replaced = true;
    connection.socket.emit('connection:replaced', {});
    connection.socket.disconnect();
  };

  const replaceOlder = (connection: SessionConnection): void => {
    for (const other of connections.of(connection.roomId)) {
      if (other === connection || other.participantId !== connection.participantId || other.sentVersion === undefined)
        continue;
      replace(other);
    }
  };

  /** The journal decides whose connection counts: what it has given up is closed, to come again. */
  const giveUp: SessionNamespace['giveUp'] = (connection, reason) => {
    if (reason === 'replaced') replace(connection);
    else connection.socket.conn.close();
  };

  const welcome = async (connection: SessionConnection): Promise<void> => {
    const { roomId, participantId, socket } = connection;
    // The first of a room on this node: the snapshot shows the others' microphones.
    await voice.filled(roomId);
    // Who gave up waiting has connected elsewhere meanwhile: that connection must not be replaced by this one.
    const isWanted = () => socket.connected && silentMsOf(socket) < WANTED_FOR_MS;
    const result = await rooms.handle(roomId, { type: 'connect', by: participantId, bootId: bootId() }, { isWanted });
    if (!result.ok) return turnAway(socket, result.refusal);
    const epoch = Number(result.answer.epoch);
    connection.epoch = epoch;
    if (!socket.connected) return lose(connection, epoch);
    // Commands of one room come back in order, so whoever is welcomed last is the newest.
    replaceOlder(connection);
    connections.welcome(connection, result.state);
    unsent.allowSnapshot(socket.conn);
  };

  const open = (socket: Socket): void => {
    const { roomId, participantId, language } = socketIdentityOf(socket);
    const connection: SessionConnection = {
      socket,
      roomId,
      participantId,
      early: [],
      reportsRoundTrips: false,
      replaced: false,
    };
    if (!limits.mayConnect(participantId)) {
      turnAway(socket, { code: 'rate_limited' });
      return;
    }
    connections.open(connection);
    const measured = timeHeartbeats(socket.conn, clock.monotonic, (rttMs) => {
      const slowMs = slowRoundTripOf({ rttMs });
      if (slowMs !== undefined && !connection.reportsRoundTrips) roundTrips.set(roomId, participantId, slowMs);
    });
    const endWatches = [rooms.follow(roomId), voice.watch(roomId), roundTrips.watch(roomId), measured];
    const welcomed = welcome(connection).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'a connection could not be committed and was closed to come again');
      socket.conn.close();
    });

    socket.onAny((name: string, ...args: unknown[]) => {
      const { body, length, ack: answer } = splitAck(args);
      const ack = refused.watch(socket, name, answer);
      const allowed = limits.takeMessage(participantId, length);
      if (unsent.cut(socket.conn)) return;
      if (allowed === 'close') socket.conn.close();
      else if (allowed === 'refuse') refuse(ack, { code: 'rate_limited' }, language);
      else if (body === TOO_LARGE) refuse(ack, MESSAGE_TOO_LARGE, language);
      else if (isCommand(name) && !limits.mayCommand(participantId)) refuse(ack, { code: 'rate_limited' }, language);
      else if (isCommand(name))
        welcomed
          .then(() => handleCommand(name, body, connection, ack))
          .catch((error) => unavailable(error, ack, connection, name));
      else if (isTelemetry(name))
        handleTelemetry(name, body, connection, ack).catch((error) => unavailable(error, ack, connection, name));
      else
        refuse(
          ack,
          { code: 'invalid_message', details: { problems: ['message: there is no message with this name'] } },
          language,
        );
    });

    socket.once('disconnect', () => {
      connections.close(connection);
      // Who goes on here has said anew what there is to say; what another node has said since stays in any case.
      if (!connections.holds(roomId, participantId))
        for (const live of [voice, roundTrips]) live.delete(roomId, participantId);
      for (const end of endWatches) end();
      if (connection.replaced) return;
      // Without an epoch the connection is not committed yet: welcome() declares it lost.
      if (connection.epoch !== undefined) lose(connection, connection.epoch);
    });
  };

  namespace.on('connection', open);

  return {
    giveUp,
    restart(roomId) {
      for (const connection of [...connections.of(roomId)]) {
        // Its epoch is of the history that is gone: as a disconnection it might mean another connection.
        connection.replaced = true;
        connection.socket.conn.close();
      }
    },
    cut(roomId, participantId) {
      for (const { socket, participantId: id } of connections.of(roomId)) {
        if (participantId === undefined || participantId === id) socket.disconnect();
      }
    },
  };
};
