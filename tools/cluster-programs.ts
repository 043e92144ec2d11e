// What `npm run cluster` needs on this machine beside Node: found, or said in one message with what to do.
import { createServer } from 'node:net';
import { findProgram, NGINX, REDIS_SERVER } from '../processes/find-program.ts';

const INSTALL =
  'Debian and Ubuntu: sudo apt-get install --no-install-recommends {}; macOS: brew install {}. ' +
  'Or set REDIS_SERVER or NGINX to the path of the program.';

/** Paths, or a message that lists what is missing. */
export const findPrograms = (): { readonly redis: string; readonly nginx: string } | { readonly missing: string } => {
  const redis = findProgram(REDIS_SERVER);
  const nginx = findProgram(NGINX);
  if (redis && nginx) return { redis, nginx };
  const missing = [...(redis ? [] : ['redis-server']), ...(nginx ? [] : ['nginx'])];
  const packages = missing.join(' ');
  return {
    missing:
      `A cluster needs ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not found on PATH.\n` +
      INSTALL.replace('{}', packages).replace('{}', packages.replace('redis-server', 'redis')),
  };
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Those of the ports that somebody else uses. */
export const takenPorts = async (ports: readonly number[]): Promise<number[]> => {
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, index) => !free[index]);
};
