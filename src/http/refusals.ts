// The one mapping from refusals and failures to HTTP. Every error is JSON, says whether a repeat can help, and can be found
// in the log by its request id.
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { isUnavailable } from '../protocol/app-error.ts';
import type { ApiError } from '../protocol/error-answer.ts';
import { detailsOf, ERROR_CODES, messageOf, type Refusal } from '../protocol/error-codes.ts';
import { type Language, languageOf } from '../protocol/languages.ts';
import type { HttpContext } from './context.ts';

const DEFAULT_RETRY_AFTER_MS = 1_000;
/** Statuses whose callers are told when to come again. */
const RETRY_LATER = new Set([429, 503, 507]);

/** The first that is asked for. */
const askedLanguageOf = (c: HttpContext): Language =>
  languageOf(/^\s*([a-z]+)/i.exec(c.req.header('accept-language') ?? '')?.[1]?.toLowerCase());

export const refusalResponse = (c: HttpContext, refusal: Refusal, status?: ContentfulStatusCode): Response => {
  c.set('refusal', refusal);
  const entry = ERROR_CODES[refusal.code];
  const language = askedLanguageOf(c);
  const { retryAfterMs: given, ...details } = detailsOf(refusal, language) ?? {};
  const answerStatus = status ?? (entry.status as ContentfulStatusCode);
  const retryAfterMs = typeof given === 'number' ? given : DEFAULT_RETRY_AFTER_MS;
  const retryLater = RETRY_LATER.has(answerStatus);
  if (retryLater) c.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  const body: ApiError = {
    error: {
      code: refusal.code,
      message: messageOf(refusal, language),
      retryable: entry.retryable,
      ...(retryLater && { retryAfterMs }),
      ...(Object.keys(details).length > 0 && { details }),
      requestId: c.get('requestId'),
    },
  };
  return c.json(body, answerStatus);
};

export const invalidRequest = (c: HttpContext, path: string, message: string, status?: 400 | 422): Response =>
  refusalResponse(c, { code: 'invalid_request', details: { issues: [{ path, message }] } }, status);

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

export const failureResponse = (c: HttpContext, error: unknown, log: Logger): Response => {
  if (error instanceof HTTPException) {
    if (error.status === 415) return invalidRequest(c, 'Content-Type', 'must be application/json');
    if (error.status === 400) return invalidRequest(c, 'body', 'is not valid JSON', 400);
  }
  const requestId = c.get('requestId');
  if (c.req.raw.signal.aborted) {
    // The sender has hung up: an upload was cut. Nobody reads this answer, and nothing is wrong here.
    log.debug({ err: error, requestId }, 'a request was cut off');
    return refusalResponse(c, { code: 'unavailable' });
  }
  if (isUnavailable(error) || isDiskFull(error)) {
    log.warn({ err: error, requestId }, 'a request could not be answered for now');
    return refusalResponse(c, { code: 'unavailable' });
  }
  log.error({ err: error, requestId }, 'a request failed');
  return refusalResponse(c, { code: 'internal' });
};
