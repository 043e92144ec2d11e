// The one place where results become socket acks. Nothing but refusals from the closed table leaves the server.

import { detailsOf, type Refusal, wireErrorOf } from '../protocol/error-codes.ts';
import type { Language } from '../protocol/languages.ts';
import { Weighed } from './bounded-decoder.ts';

/** What the client gave to be answered with; a message without one is handled all the same. */
export type AckFunction = (answer: Readonly<Record<string, unknown>>) => void;

/** The decoder has weighed the body (bounded-decoder.ts); Socket.IO puts the client's ack function last. */
export const splitAck = (args: readonly unknown[]): { body: unknown; length: number; ack: AckFunction } => {
  const [first, last] = [args[0], args.at(-1)];
  const { body = {}, length } = first instanceof Weighed ? first : new Weighed(undefined, 0);
  return { body, length, ack: typeof last === 'function' ? (last as AckFunction) : () => {} };
};

export const refuse = (ack: AckFunction, refusal: Refusal, language: Language): void => {
  const details = detailsOf(refusal, language);
  ack({ ok: false, error: { ...wireErrorOf(refusal, language), ...(details ? { details } : {}) } });
};

export const accept = (ack: AckFunction, fields: Readonly<Record<string, unknown>>): void =>
  ack({ ok: true, ...fields });

/** The first problems of a message, each with its place. */
export const problemsOf = (issues: readonly { path: PropertyKey[]; message: string }[]): Refusal => ({
  code: 'invalid_message',
  details: { problems: issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`) },
});
