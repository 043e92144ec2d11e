// A request id, one line in the access log and one observation per request. Secrets that travel in queries (token=, access=)
// never reach the log; headers and bodies are not logged at all.
import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Refusal } from '../protocol/error-codes.ts';
import { isInvalid, isOwnRequest } from '../protocol/own-client.ts';
import type { HttpContext, HttpEnv } from './context.ts';

const SAFE_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const SECRET_PARAMETERS = new Set(['token', 'access']);

/** The path with its query, without what opens anything. Parsed, because a name can be spelled with escapes. */
export const loggablePathOf = (url: string): string => {
  const { pathname, searchParams } = new URL(url);
  // Made anew: each deleting of one of thousands would write out all the others.
  const harmless = [...searchParams].filter(([name]) => !SECRET_PARAMETERS.has(name.toLowerCase()));
  const query = new URLSearchParams(harmless).toString();
  return query === '' ? pathname : `${pathname}?${query}`;
};

/** Behind a proxy that is believed, the last address in the list is the one that the proxy itself saw. */
export const addressOf = (c: HttpContext, trustProxy: boolean): string => {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return forwarded || c.env?.incoming?.socket.remoteAddress || 'unknown';
};

export const requestIds: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const given = c.req.header('x-request-id') ?? '';
  const requestId = SAFE_REQUEST_ID.test(given) ? given : randomUUID();
  c.set('requestId', requestId);
  c.header('x-request-id', requestId);
  await next();
};

interface ObserveOptions {
  readonly log: Logger;
  readonly metrics: Registry;
  readonly monotonic: () => number;
}

/** When a request of our own client is refused as invalid, the fault is ours: in the client, or in a form that lets people send it. */
const createRefusedRequests = ({ log, metrics }: ObserveOptions) => {
  const refused = new Counter({
    name: 'trialogue_refused_requests_total',
    help: 'Requests that were refused, by the code of the refusal; client: own (our SDK says so) or other.',
    labelNames: ['method', 'route', 'code', 'client'],
    registers: [metrics],
  });
  const logged = new Set<string>();
  return (c: HttpContext, route: string, { code, details }: Refusal): void => {
    const { method } = c.req;
    const isOwn = isOwnRequest(c.req.header('accept'));
    refused.inc({ method, route, code, client: isOwn ? 'own' : 'other' });
    const name = `${method} ${route}`;
    if (!isOwn || !isInvalid(code) || logged.has(name)) return;
    logged.add(name);
    log.error({ request: name, code, details }, 'a request of our own client was refused as invalid');
  };
};

export const createObserve = (options: ObserveOptions): MiddlewareHandler<HttpEnv> => {
  const { log, metrics, monotonic } = options;
  const noteRefused = createRefusedRequests(options);
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the head of the answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [metrics],
  });
  return async (c, next) => {
    const from = monotonic();
    await next();
    const durationMs = monotonic() - from;
    const { method } = c.req;
    const { status } = c.res;
    const route = routePath(c);
    const refusal = c.get('refusal');
    durations.observe({ method, route, status }, durationMs / 1_000);
    if (refusal) noteRefused(c, route, refusal);
    log.info(
      {
        requestId: c.get('requestId'),
        method,
        path: loggablePathOf(c.req.url),
        status,
        durationMs: Math.round(durationMs * 10) / 10,
      },
      'request',
    );
  };
};
