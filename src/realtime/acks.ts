// The one place where results become socket acks. Nothing but refusals from the closed table leaves the server.
import { type Language, type Refusal, wireErrorOf } from '../protocol/error-codes.ts';

/** What the client gave to be answered with; a message without one is handled all the same. */
export type AckFunction = (answer: Readonly<Record<string, unknown>>) => void;

/** Socket.IO puts the client's ack function last. */
export const splitAck = (args: readonly unknown[]): { body: unknown; ack: AckFunction } => {
  const last = args.at(-1);
  const hasAck = typeof last === 'function';
  const body = args.length > (hasAck ? 1 : 0) ? args[0] : undefined;
  return { body: body === undefined ? {} : body, ack: hasAck ? (last as AckFunction) : () => {} };
};

export const refuse = (ack: AckFunction, refusal: Refusal, language: Language): void =>
  ack({
    ok: false,
    error: { ...wireErrorOf(refusal, language), ...(refusal.details ? { details: refusal.details } : {}) },
  });

export const accept = (ack: AckFunction, fields: Readonly<Record<string, unknown>>): void =>
  ack({ ok: true, ...fields });

/** The first problems of a message, each with its place. */
export const problemsOf = (issues: readonly { path: PropertyKey[]; message: string }[]): Refusal => ({
  code: 'invalid_message',
  details: { problems: issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`) },
});
