// Keeps one worker child process alive beside the server. A worker that dies is started again; one whose server dies notices
// the closed channel and ends by itself.
import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from 'pino';

const RESTART_AFTER_MS = 500;
const MAX_RESTART_AFTER_MS = 10_000;
/** A worker that lived this long was well: the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;
const KILL_AFTER_MS = 6_000;

interface SuperviseOptions {
  readonly entry: string;
  /** The whole environment of the child. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export interface WorkerProcess {
  /** Resolves when the child is gone. */
  stop(): Promise<void>;
}

export const superviseWorker = ({ entry, env, log }: SuperviseOptions): WorkerProcess => {
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let delayMs = RESTART_AFTER_MS;
  let stopping = false;

  const launch = (): void => {
    const startedAt = performance.now();
    child = fork(entry, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    child.once('exit', (code, signal) => {
      child = undefined;
      if (stopping) return;
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) delayMs = RESTART_AFTER_MS;
      log.warn({ code, signal, restartInMs: delayMs }, 'the worker process ended and will be started again');
      restart = setTimeout(launch, delayMs);
      delayMs = Math.min(delayMs * 2, MAX_RESTART_AFTER_MS);
    });
    child.once('error', (error) => log.error({ err: error }, 'the worker process could not be started'));
  };

  launch();

  return {
    async stop() {
      stopping = true;
      clearTimeout(restart);
      const running = child;
      if (!running) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), KILL_AFTER_MS);
      await gone;
      clearTimeout(timer);
    },
  };
};
