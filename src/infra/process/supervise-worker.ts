// Keeps one worker child process alive beside the server. A worker that dies is started again; one whose server dies notices
// the closed channel and ends by itself.
import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from 'pino';

const RESTART_AFTER_MS = 500;
const MAX_RESTART_AFTER_MS = 10_000;
/** A worker that lived this long was well: the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;
/** The server itself has ten seconds to end, and the worker's jobs resume wherever they were. */
const KILL_AFTER_MS = 4_000;

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
  /** Resolves when the child, if there is one, is gone. */
  let gone: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;
  let delayMs = RESTART_AFTER_MS;
  let stopping = false;
  let stopped: Promise<void> | undefined;

  const launch = (): void => {
    const startedAt = performance.now();
    const started = fork(entry, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    child = started;
    gone = new Promise<void>((resolve) => {
      started.once('exit', (code, signal) => {
        if (!stopping) log.warn({ code, signal }, 'the worker process ended');
        resolve();
      });
      started.on('error', (error) => {
        log.error({ err: error }, 'the worker process has trouble');
        // It never came to life (no memory, no process to be had): there will be no exit.
        if (started.pid === undefined) resolve();
      });
    }).then(() => {
      child = undefined;
      if (stopping) return;
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) delayMs = RESTART_AFTER_MS;
      log.warn({ restartInMs: delayMs }, 'the worker process will be started again');
      restart = setTimeout(launch, delayMs);
      delayMs = Math.min(delayMs * 2, MAX_RESTART_AFTER_MS);
    });
  };

  launch();

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(restart);
    child?.kill('SIGTERM');
    const timer = setTimeout(() => child?.kill('SIGKILL'), KILL_AFTER_MS);
    await gone;
    clearTimeout(timer);
  };

  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
};
