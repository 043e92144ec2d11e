// Which pages may open a WebSocket. A browser lets any page open one to any server, without asking CORS, and only names the page's
// origin; a client without an origin is no browser. Who is refused is given no reason, so it is logged here: a proxy that passes on
// another host name would otherwise keep everybody out unnoticed.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';

interface OriginOptions {
  readonly corsOrigins: readonly string[];
  /** Where this server is reached, if the settings say so. */
  readonly publicUrl: string | undefined;
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

export const isAllowedOrigin = (
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  { corsOrigins, publicUrl }: OriginOptions,
): boolean => {
  if (origin === undefined || corsOrigins.includes('*') || corsOrigins.includes(origin)) return true;
  const from = hostOf(origin);
  // Its own page, also behind a proxy that hands on the name by which it was called.
  return from !== undefined && (from === host || (publicUrl !== undefined && from === hostOf(publicUrl)));
};

/** Anybody may make up more. */
const MAX_LOGGED = 20;

export const createOriginCheck = (
  options: OriginOptions & { readonly metrics: Registry; readonly log: Logger },
): ((headers: Parameters<typeof isAllowedOrigin>[0]) => boolean) => {
  const refused = new Counter({
    name: 'trialogue_refused_origins_total',
    help: 'WebSockets that were refused because of the page that opened them.',
    registers: [options.metrics],
  });
  const logged = new Set<string>();
  return ({ origin, host }) => {
    const isAllowed = isAllowedOrigin({ origin, host }, options);
    if (isAllowed || origin === undefined) return isAllowed;
    refused.inc();
    if (logged.size < MAX_LOGGED && !logged.has(origin)) {
      logged.add(origin);
      options.log.warn(
        { origin, host },
        'a WebSocket of a foreign page was refused; if it is ours, let the proxy hand on Host, or set PUBLIC_URL, or name the page in CORS_ORIGINS',
      );
    }
    return false;
  };
};
