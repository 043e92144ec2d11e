// Which messages on /session are looked at at all: within the limits, not too large, of a known name. All others are refused
// here, and who does not stop, or does not read, is cut.
import type { Refusal } from '../protocol/error-codes.ts';
import {
  type SessionCommandName,
  type SessionTelemetryName,
  sessionCommandSchemas,
  sessionTelemetrySchemas,
} from '../protocol/session-messages.ts';
import { type AckFunction, refuse, splitAck } from './acks.ts';
import { identityOf } from './authenticate.ts';
import { TOO_LARGE } from './bounded-decoder.ts';
import type { RefusedMessages } from './refused-messages.ts';
import type { SessionConnection } from './session-connection.ts';
import type { SessionLimits } from './session-limits.ts';
import type { UnsentGuard } from './unsent-guard.ts';

export type AdmittedMessage = { readonly body: unknown; readonly ack: AckFunction } & (
  | { readonly kind: 'command'; readonly name: SessionCommandName }
  | { readonly kind: 'telemetry'; readonly name: SessionTelemetryName }
);

interface SessionDoorOptions {
  readonly limits: Pick<SessionLimits, 'takeMessage' | 'mayCommand'>;
  readonly refused: RefusedMessages;
  readonly unsent: Pick<UnsentGuard, 'cut'>;
}

const MESSAGE_TOO_LARGE: Refusal = {
  code: 'invalid_message',
  details: { problems: ['message: is larger than any message may be'] },
};
const UNKNOWN_MESSAGE: Refusal = {
  code: 'invalid_message',
  details: { problems: ['message: there is no message with this name'] },
};

const isCommand = (name: string): name is SessionCommandName => Object.hasOwn(sessionCommandSchemas, name);
const isTelemetry = (name: string): name is SessionTelemetryName => Object.hasOwn(sessionTelemetrySchemas, name);

/** Gives the message to be handled; undefined when it has been refused, or its sender cut. */
export const createSessionDoor =
  ({ limits, refused, unsent }: SessionDoorOptions) =>
  (
    { socket, participantId }: SessionConnection,
    name: string,
    args: readonly unknown[],
  ): AdmittedMessage | undefined => {
    const { body, length, ack: answer } = splitAck(args);
    const ack = refused.watch(socket, name, answer);
    const allowed = limits.takeMessage(participantId, length);
    if (unsent.cut(socket.conn)) return undefined;
    if (allowed === 'close') {
      socket.conn.close();
      return undefined;
    }
    const turnDown = (refusal: Refusal): undefined => refuse(ack, refusal, identityOf(socket).language) as undefined;
    if (allowed === 'refuse') return turnDown({ code: 'rate_limited' });
    if (body === TOO_LARGE) return turnDown(MESSAGE_TOO_LARGE);
    if (isTelemetry(name)) return { kind: 'telemetry', name, body, ack };
    if (!isCommand(name)) return turnDown(UNKNOWN_MESSAGE);
    return limits.mayCommand(participantId) ? { kind: 'command', name, body, ack } : turnDown({ code: 'rate_limited' });
  };
