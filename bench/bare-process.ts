// The baselines as processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface BareProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `entry` tells its port when it listens. */
const startProcess = async (entry: string, settings: Readonly<Record<string, string>> = {}): Promise<BareProcess> => {
  const child = fork(fileURLToPath(new URL(entry, import.meta.url)), { env: { ...process.env, ...settings } });
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

/** With a Redis its broadcasts reach the other processes on it. */
export const startBare = (redisUrl?: string): Promise<BareProcess> =>
  startProcess('./bare-server.ts', redisUrl === undefined ? {} : { BARE_REDIS_URL: redisUrl });

export const startSink = (): Promise<BareProcess> => startProcess('./neighbour/sink-server.ts');
