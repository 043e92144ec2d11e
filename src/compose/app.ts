// Builds the process that the role asks for, and ends it: in order, and within ten seconds whatever hangs. compose/server.ts
// and compose/worker.ts are the only files that know everything.

import { pino } from 'pino';
import type { Config } from './config.ts';
import type { BuildContext, OnClose, OnClosed } from './context.ts';
import { buildServer } from './server.ts';
import { buildWorker } from './worker.ts';

/** From the signal on: a start that has not ended by then is left to the end of the process. */
const START_ENDED_WITHIN_MS = 4_000;
/** What is in flight may take so long. */
const DRAINED_WITHIN_MS = 5_000;
/** With what comes last. */
const ENDED_WITHIN_MS = 8_000;
/** Then the process ends, whatever else there is. */
const GONE_WITHIN_MS = 9_500;
/** When the time is over everything is still told to close. */
const LEAST_MS = 100;

export interface App {
  /** Resolves when it serves, or was closed before. Rejects, with everything closed again, when it cannot. */
  start(): Promise<void>;
  /** Drains: finishes what is in flight, closes what was opened, the last first. */
  close(): Promise<void>;
}

/** False when the time was over first. */
const isDoneWithin = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
};

export const compose = (config: Config, onFatal: (error: unknown) => void): App => {
  const log = pino({ level: config.logLevel, base: { role: config.role } });
  const closers: Parameters<OnClose>[0][] = [];
  const lastClosers: Parameters<OnClosed>[0][] = [];
  const stopping = new AbortController();
  let starting: Promise<void> = Promise.resolve();
  let endingSince: number | undefined;
  let closing: Promise<void> | undefined;

  const leftOf = (ms: number): number => {
    endingSince ??= performance.now();
    return Math.max(LEAST_MS, endingSince + ms - performance.now());
  };

  const finish = async (close: () => unknown, withinMs: number): Promise<void> => {
    const work = (async () => close())().catch((error: unknown) => {
      log.error({ err: error }, 'something did not close as it should');
    });
    if (!(await isDoneWithin(withinMs, work))) log.warn('something takes too long to close and is left behind');
  };

  const closeAll = async (): Promise<void> => {
    for (let close = closers.pop(); close; close = closers.pop()) await finish(close, leftOf(DRAINED_WITHIN_MS));
    for (const close of lastClosers) await finish(() => close(leftOf(ENDED_WITHIN_MS)), leftOf(GONE_WITHIN_MS));
  };

  const build = async (): Promise<void> => {
    const context: BuildContext = {
      config,
      log,
      onFatal,
      onClose: (close) => closers.push(close),
      onClosed: (close) => lastClosers.push(close),
      stopping: stopping.signal,
    };
    try {
      await (config.role === 'worker' ? buildWorker(context) : buildServer(context));
    } catch (error) {
      closing ??= closeAll();
      await closing;
      // An error while it was being stopped is not reported.
      if (!stopping.signal.aborted) throw error;
    }
  };

  return {
    start() {
      starting = build();
      return starting;
    },
    async close() {
      stopping.abort();
      // A signal during the start: what is half open cannot be closed in order.
      await isDoneWithin(
        leftOf(START_ENDED_WITHIN_MS),
        starting.catch(() => {}),
      );
      closing ??= closeAll();
      await closing;
    },
  };
};
