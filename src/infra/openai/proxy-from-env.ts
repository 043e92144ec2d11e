// Reaches AI services through an HTTP proxy, by the usual settings HTTP_PROXY, HTTPS_PROXY and NO_PROXY, upper or lower case. Node
// follows them only when asked to, and then for the whole process: the worker, which sends HTTP requests to nobody else.
import http from 'node:http';
import type { Logger } from 'pino';
import { AppError } from '../../protocol/app-error.ts';

const PROXIES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'] as const;
/** A proxy reaches its own loopback, not ours: a service on this machine stays reachable. */
const OURSELVES = 'localhost,127.0.0.1,[::1]';

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns what undoes it. @throws AppError `wrong_settings` */
export const useProxyFromEnv = (env: Environment, log: Logger): (() => void) => {
  const named = PROXIES.filter((name) => env[name]);
  if (named.length === 0) return () => {};
  // Node has it from 24.14 on.
  if (http.setGlobalProxyFromEnv === undefined) {
    log.warn(`${named.join(', ')}: this Node does not know proxies; start with the one that npm ci brings`);
    return () => {};
  }
  const exceptions = env.no_proxy ?? env.NO_PROXY;
  const set = Object.fromEntries(named.map((name) => [name, env[name]]));
  try {
    return http.setGlobalProxyFromEnv({ ...set, no_proxy: exceptions ? `${exceptions},${OURSELVES}` : OURSELVES });
  } catch {
    // The URL may hold a password: it is not shown.
    throw new AppError(
      'wrong_settings',
      `${named.join(', ')}: must be the URL of a proxy such as http://proxy.example.org:3128`,
    );
  }
};
