// The baseline as a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface BareProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** With a Redis its broadcasts reach the other processes on it. */
export const startBare = async (redisUrl?: string): Promise<BareProcess> => {
  const env = { ...process.env, ...(redisUrl === undefined ? {} : { BARE_REDIS_URL: redisUrl }) };
  const child = fork(fileURLToPath(new URL('./bare-server.ts', import.meta.url)), { env });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    pid: child.pid ?? Number.NaN,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
};
