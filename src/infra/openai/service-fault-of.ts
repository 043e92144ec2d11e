// What went wrong in a call through the openai SDK, told apart by what may be done about it. Never lets a key into a message.
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { type FaultKind, ServiceFault } from '../../jobs/service-fault.ts';

const LONGEST_MESSAGE = 300;

/** Seconds, an HTTP date, or the SDK's own header in ms. */
const retryAfterMsOf = (headers: Headers | undefined): number | undefined => {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (ms >= 0) return ms;
  const text = headers?.get('retry-after')?.trim();
  if (!text) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1_000;
  const until = Date.parse(text) - Date.now();
  return until > 0 ? until : undefined;
};

const kindOf = (error: APIError): FaultKind => {
  const { status } = error;
  if (status === 429) return error.code === 'insufficient_quota' ? 'quota_exhausted' : 'rate_limited';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 408 || status === 409 || status === 425) return 'server_error';
  if (status === 413) return 'audio_too_large';
  return status !== undefined && status >= 400 && status < 500 ? 'rejected' : 'server_error';
};

const MESSAGES: Partial<Record<FaultKind, string>> = {
  rate_limited: 'The service asks to come back later (429).',
  quota_exhausted: 'The quota of the API key is used up (429). Top it up, then run it again.',
  // The service's own words may repeat the key.
  unauthorized: 'The service refused the API key (401 or 403). Check the key and its rights, then run it again.',
  audio_too_large: 'The service takes no audio of this size (413).',
};

export interface CallContext {
  /** The caller's: aborts are passed on, not translated. */
  readonly signal: AbortSignal;
  /** Ends the call when it takes too long, also in the middle of an answer. */
  readonly deadline: AbortSignal;
  readonly secret: string;
}

/** Throws the reason of the caller's abort; returns a ServiceFault for everything else. */
export const serviceFaultOf = (cause: unknown, { signal, deadline, secret }: CallContext): ServiceFault => {
  signal.throwIfAborted();
  if (cause instanceof ServiceFault) return cause;
  if (deadline.aborted || cause instanceof APIConnectionTimeoutError) {
    return new ServiceFault('timeout', 'The service did not answer in time.', { cause });
  }
  if (cause instanceof APIConnectionError) {
    return new ServiceFault('network', 'The service cannot be reached.', { cause });
  }
  if (cause instanceof APIError) {
    const kind = kindOf(cause);
    const told = cause.message.replaceAll(secret, '***').slice(0, LONGEST_MESSAGE);
    const message = MESSAGES[kind] ?? `The service refused the request: ${told}`;
    // The SDK's error carries headers and body of the answer: they stay out of the log.
    return new ServiceFault(kind, message, { retryAfterMs: retryAfterMsOf(cause.headers) });
  }
  if (cause instanceof SyntaxError) {
    return new ServiceFault('invalid_answer', 'The service answered with something that is not JSON.', { cause });
  }
  return new ServiceFault('network', 'The connection to the service broke.', { cause });
};
