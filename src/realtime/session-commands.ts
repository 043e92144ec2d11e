// A command's message on /session: schema, translation into a command of the room, rooms.handle, ack. Holds no rule of the room.
import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import { type SessionCommandName, sessionCommandSchemas } from '../protocol/session-messages.ts';
import type { CommandIdentity } from '../room/commands.ts';
import type { Clock } from '../rooms/ports.ts';
import type { RoomRequest, Rooms } from '../rooms/rooms.ts';
import { type AckFunction, accept, problemsOf, refuse } from './acks.ts';
import { identityOf as socketIdentityOf } from './authenticate.ts';
import type { CommandMetrics } from './command-metrics.ts';
import type { SessionConnection } from './session-connection.ts';

type Body<N extends SessionCommandName> = z.output<(typeof sessionCommandSchemas)[N]>;

interface CommandContext {
  readonly roomId: string;
  readonly by: string;
  readonly newId: () => string;
  /** Room clock, epoch ms. */
  readonly now: () => number;
}

const schemas: { readonly [N in SessionCommandName]: z.ZodType<Body<N>> } = sessionCommandSchemas;

type Translations = { readonly [N in SessionCommandName]: (body: Body<N>, context: CommandContext) => RoomRequest };

const translations: Translations = {
  'page:turn': ({ to, expectedPage }, { by }) => ({
    type: 'turn_page',
    by,
    to,
    ...(expectedPage === undefined ? {} : { expectedPage }),
  }),
  'choice:submit': ({ questionId, value, answeredAt }, { by }) => ({
    ...{ type: 'submit_choice', by, questionId, value },
    ...(answeredAt === undefined ? {} : { answeredAt }),
  }),
  'recording:start': ({ mimeType, capturedAt }, { by, roomId, newId, now }) => {
    const recordingId = newId();
    const day = new Date(now()).toISOString().slice(0, 10);
    const path = `recordings/${day}/${roomId}/${recordingId}`;
    return {
      ...{ type: 'start_recording', by, recordingId, mimeType, path },
      ...(capturedAt === undefined ? {} : { capturedAt }),
    };
  },
  'recording:stop': ({ recordingId }, { by }) => ({ type: 'stop_recording', by, recordingId }),
  'participant:mute': ({ participantId }, { by }) => ({ type: 'mute', by, participantId }),
  'participant:unmute': (_, { by }) => ({ type: 'unmute', by }),
  'participant:remove': ({ participantId }, { by }) => ({ type: 'remove', by, participantId }),
  'debate:end': (_, { by }) => ({ type: 'end', by }),
};

/** Keys in order, so that the same body always gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Undefined when the client gave no commandId. */
const identityOf = (
  name: SessionCommandName,
  body: Body<SessionCommandName>,
  participantId: string,
): CommandIdentity | undefined => {
  const { commandId, ...rest } = body;
  if (commandId === undefined) return undefined;
  return { participantId, commandId, digest: hash('sha256', `${name} ${canonical(rest)}`, 'base64url') };
};

/** A choice whose value no question could take is a wrong choice, not a wrong message. */
const invalid = (name: SessionCommandName, issues: Parameters<typeof problemsOf>[0]): Refusal => {
  const isValueAlone = name === 'choice:submit' && issues.every((issue) => issue.path[0] === 'value');
  return isValueAlone ? { code: 'invalid_choice', details: { reason: 'no_possible_value' } } : problemsOf(issues);
};

interface SessionCommandsOptions {
  readonly rooms: Pick<Rooms, 'handle'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly metrics: CommandMetrics;
}

export const createSessionCommands = ({ rooms, clock, newId, metrics }: SessionCommandsOptions) => {
  const requestOf = <N extends SessionCommandName>(
    name: N,
    body: unknown,
    { roomId, participantId }: SessionConnection,
  ):
    | { readonly request: RoomRequest; readonly identity: CommandIdentity | undefined }
    | { readonly refusal: Refusal } => {
    const parsed = schemas[name].safeParse(body);
    if (!parsed.success) return { refusal: invalid(name, parsed.error.issues) };
    const context = { roomId, by: participantId, newId, now: clock.now };
    return {
      request: translations[name](parsed.data, context),
      identity: identityOf(name, parsed.data, participantId),
    };
  };

  /** Rejects when the room cannot be reached. */
  return async (name: SessionCommandName, body: unknown, connection: SessionConnection, ack: AckFunction) => {
    const { language } = socketIdentityOf(connection.socket);
    const asked = requestOf(name, body, connection);
    if ('refusal' in asked) return refuse(ack, asked.refusal, language);
    const { roomId, participantId, epoch } = connection;
    if (epoch === undefined) return refuse(ack, { code: 'unavailable' }, language);
    const { request, identity } = asked;
    const answered = metrics.begin(name);
    const result = await rooms.handle(roomId, request, { identity, connection: { participantId, epoch } });
    answered(result.ok ? 'ok' : result.refusal.code);
    if (!result.ok) return refuse(ack, result.refusal, language);
    const { answer } = result;
    if ('turnsAt' in answer && answer.turnsAt < clock.now()) metrics.lateTurns.inc();
    accept(ack, answer);
  };
};
