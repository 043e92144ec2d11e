// Logs when this process was too busy to serve anybody: everything runs on one thread, so long work stops every room of the node.
// Time in which the process did not run at all (the machine slept, SIGSTOP, a frozen container) does not count, as far as it can
// be told: a process that is stopped in the middle of work, or gets no CPU for it, is logged as a stall.
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';

const TICK_MS = 100;
const STALL_MS = 500;
const LOG_EVERY_MS = 60_000;

interface StallWatchOptions {
  readonly log: Logger;
  /** For intervals only, ms; stands still while the machine sleeps. */
  readonly monotonic: () => number;
  /** How long the event loop has been at work altogether, ms. */
  readonly busy: () => number;
}

/** What is looked at at every tick. */
export const createStallWatch = ({ log, monotonic, busy }: StallWatchOptions) => {
  let lastAt = monotonic();
  let lastBusy = busy();
  let loggedAt = Number.NEGATIVE_INFINITY;
  let stalls = 0;
  let longestMs = 0;

  const logStalls = (): void => {
    if (stalls === 0) return;
    log.warn({ stalls, longestMs: Math.round(longestMs) }, 'the event loop stood still: everybody on this node waited');
    loggedAt = monotonic();
    stalls = 0;
    longestMs = 0;
  };

  return {
    tick(): void {
      const now = monotonic();
      const worked = busy();
      const lateMs = now - lastAt - TICK_MS;
      if (lateMs > STALL_MS && worked - lastBusy > STALL_MS) {
        stalls += 1;
        longestMs = Math.max(longestMs, lateMs);
      }
      lastAt = now;
      lastBusy = worked;
      if (now - loggedAt >= LOG_EVERY_MS) logStalls();
    },
    /** Logs the stalls that have not been logged yet. */
    logStalls,
  };
};

/** From now on; returns what ends it. */
export const startStallWatch = (options: Omit<StallWatchOptions, 'busy'>): (() => void) => {
  const watch = createStallWatch({ ...options, busy: () => performance.eventLoopUtilization().active });
  const timer = setInterval(watch.tick, TICK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    watch.logStalls();
  };
};
