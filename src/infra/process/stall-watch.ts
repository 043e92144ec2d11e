// Tells in the log when this process was too busy to serve anybody: one thread does everything, so whatever holds it up stops
// every room of the node. What the machine took away is not meant: while it slept, or the process was stopped (SIGSTOP, a frozen
// container), the loop was idle. Stopped in the middle of work, it reads as a stall all the same; so does work that the machine
// gave no CPU.
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';

const TICK_MS = 100;
const STALL_MS = 500;
const TELL_EVERY_MS = 60_000;

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
  let toldAt = Number.NEGATIVE_INFINITY;
  let stalls = 0;
  let longestMs = 0;

  const tell = (): void => {
    if (stalls === 0) return;
    log.warn({ stalls, longestMs: Math.round(longestMs) }, 'the event loop stood still: everybody on this node waited');
    toldAt = monotonic();
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
      if (now - toldAt >= TELL_EVERY_MS) tell();
    },
    /** What has not been told yet. */
    tell,
  };
};

/** From now on; returns what ends it. */
export const startStallWatch = (options: Omit<StallWatchOptions, 'busy'>): (() => void) => {
  const watch = createStallWatch({ ...options, busy: () => performance.eventLoopUtilization().active });
  const timer = setInterval(watch.tick, TICK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    watch.tell();
  };
};
