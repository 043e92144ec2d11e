// Builds the process that the role asks for. compose-server.ts and compose-worker.ts are the only files that know everything.

import { pino } from 'pino';
import type { BuildContext } from './build-context.ts';
import { buildServer } from './compose-server.ts';
import { buildWorker } from './compose-worker.ts';
import type { Config } from './config.ts';

export interface App {
  /** Resolves when it serves. Rejects, with everything closed again, when it cannot. */
  start(): Promise<void>;
  /** Drains: finishes what is in flight, closes what was opened, the last first. */
  close(): Promise<void>;
}

export const compose = (config: Config, onFatal: (error: unknown) => void): App => {
  const log = pino({ level: config.logLevel, base: { role: config.role } });
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const stopping = new AbortController();
  let starting: Promise<void> = Promise.resolve();

  const closeAll = async (): Promise<void> => {
    for (let close = closers.pop(); close; close = closers.pop()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error }, 'something did not close as it should');
      }
    }
  };

  return {
    start() {
      const onClose: BuildContext['onClose'] = (close) => closers.push(close);
      const context: BuildContext = { config, log, onFatal, onClose, stopping: stopping.signal };
      starting = (config.role === 'worker' ? buildWorker(context) : buildServer(context)).catch(
        async (error: unknown) => {
          await closeAll();
          throw error;
        },
      );
      return starting;
    },
    async close() {
      stopping.abort();
      // A signal during the start: what is half open cannot be closed in order.
      await starting.catch(() => {});
      await closeAll();
    },
  };
};
