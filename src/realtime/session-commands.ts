// Turns a parsed /session message into a command of the room. Only translation: rules are in room/.
import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { SessionCommandName, sessionCommandSchemas } from '../protocol/session-messages.ts';
import type { CommandIdentity, RoomCommand } from '../room/commands.ts';

type Body<N extends SessionCommandName> = z.output<(typeof sessionCommandSchemas)[N]>;

export interface CommandContext {
  readonly roomId: string;
  readonly by: string;
  readonly leadMs: () => number;
  readonly newId: () => string;
  /** Room clock, epoch ms. */
  readonly now: () => number;
}

type Translations = { readonly [N in SessionCommandName]: (body: Body<N>, context: CommandContext) => RoomCommand };

const translations: Translations = {
  'page:turn': ({ to, expectedPage }, { by, leadMs }) => ({
    type: 'turn_page',
    by,
    to,
    ...(expectedPage === undefined ? {} : { expectedPage }),
    leadMs: leadMs(),
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

export const commandOf = <N extends SessionCommandName>(name: N, body: Body<N>, context: CommandContext): RoomCommand =>
  translations[name](body, context);

/** Keys in order, so that the same body always gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Undefined when the client gave no commandId. */
export const identityOf = (
  name: SessionCommandName,
  body: Body<SessionCommandName>,
  participantId: string,
): CommandIdentity | undefined => {
  const { commandId, ...rest } = body;
  if (commandId === undefined) return undefined;
  return { participantId, commandId, digest: hash('sha256', `${name} ${canonical(rest)}`, 'base64url') };
};
