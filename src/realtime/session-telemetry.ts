// Messages on /session that are not journaled: parsed, handed to whoever answers them, acknowledged.
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import { type SessionTelemetryName, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { type AckFunction, accept, problemsOf, refuse } from './acks.ts';
import { identityOf } from './authenticate.ts';
import type { SessionConnection } from './session-connection.ts';
import type { UnsentGuard } from './unsent-guard.ts';

type Body<N extends SessionTelemetryName> = z.output<(typeof sessionTelemetrySchemas)[N]>;
export type SessionAnswer = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal };
type Handler<N extends SessionTelemetryName> = (
  body: Body<N>,
  connection: SessionConnection,
) => SessionAnswer | Promise<SessionAnswer>;
export type TelemetryHandlers = { readonly [N in SessionTelemetryName]: Handler<N> };

const schemas: { readonly [N in SessionTelemetryName]: z.ZodType<Body<N>> } = sessionTelemetrySchemas;

/** The answer to what is only reported. */
export const NOTHING: SessionAnswer = { fields: {} };

export const createSessionTelemetry = (handlers: TelemetryHandlers, unsent: Pick<UnsentGuard, 'cut'>) => {
  const answerTo = <N extends SessionTelemetryName>(name: N, body: unknown, connection: SessionConnection) => {
    const parsed = schemas[name].safeParse(body);
    return parsed.success ? handlers[name](parsed.data, connection) : { refusal: problemsOf(parsed.error.issues) };
  };

  /** Rejects when the room cannot be reached. */
  return async (name: SessionTelemetryName, body: unknown, connection: SessionConnection, ack: AckFunction) => {
    const { socket } = connection;
    const answer = await answerTo(name, body, connection);
    // Many may have been asked for at once: none is added to what is not read.
    if (unsent.cut(socket.conn)) return;
    if ('refusal' in answer) refuse(ack, answer.refusal, identityOf(socket).language);
    else accept(ack, answer.fields);
  };
};
