// Headers for browsers: which other front ends may call the API, and what our own pages may load.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HttpEnv } from './context.ts';

const PLAIN_HOST = /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/;

/** `connect-src 'self'` does not cover WebSockets in every browser: the page's own host is named. */
export const pagePolicyOf = (host: string | undefined): string => {
  const sockets = host !== undefined && PLAIN_HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'self'",
    "script-src 'self' blob:",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    // Pages of a study may show pictures from other sites.
    "img-src 'self' data: blob: https:",
    "font-src 'self' data:",
    "media-src 'self' blob:",
    `connect-src 'self'${sockets}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ');
};

/** For answers that are no page of ours: audio, JSON and text that a browser is made to open. */
const BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

export const securityHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', BARE_POLICY);
  if (c.req.path.startsWith('/api/') && !headers.has('cache-control')) headers.set('cache-control', 'no-store');
};

export const corsFor = (origins: readonly string[]): MiddlewareHandler<HttpEnv> =>
  cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      ...['Authorization', 'Content-Type', 'Content-Digest', 'Chunk-Started-At', 'Chunk-Ended-At'],
      ...['Range', 'X-Request-Id', 'Accept-Language'],
    ],
    exposeHeaders: ['X-Request-Id', 'Retry-After', 'Content-Range', 'Accept-Ranges', 'Content-Disposition'],
    maxAge: 600,
  });
