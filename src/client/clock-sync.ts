// When to ask for the room's time: a burst after each connect, then now and then at a random phase, so that the pings
// of many clients never come together. Feeds the estimate and reports it.
import type { RoomClock } from './clock.ts';
import type { LocalTime } from './local-time.ts';

export interface ClockSync {
  start(): void;
  stop(): void;
}

const BURST_PINGS = 8;
const BURST_GAP_MS = 40;
const PING_EVERY_MS = 8_000;
const REPORT_EVERY_PINGS = 4;
/** A ping older than this says more about a stalled page than about the clock. */
const PING_TIMEOUT_MS = 3_000;
/** One may be a stalled page; two in a row are a connection that is dead without anybody having said so. */
const TIMEOUTS_TO_DOUBT = 2;

export const createClockSync = (options: {
  readonly clock: RoomClock;
  readonly time: LocalTime;
  readonly random: () => number;
  /** Calls back with the answer, or never. */
  readonly ping: (answered: (answer: { readonly serverTime: number; readonly version: number }) => void) => void;
  readonly report: (report: { rttMs: number; offsetMs: number; uncertaintyMs: number }) => void;
  readonly onSample: (version: number) => void;
  /** Pings stay without an answer. */
  readonly onTimeout: () => void;
}): ClockSync => {
  const { clock, time } = options;
  let cancel = () => {};
  let generation = 0;
  let count = 0;
  let unanswered = 0;

  const ping = () => {
    const mine = generation;
    const sentAt = time.now();
    let answered = false;
    const next = (delayMs: number) => {
      cancel();
      cancel = time.after(delayMs, ping);
    };
    // One timer at a time: first it waits for the answer, then for the next ping.
    cancel = time.after(PING_TIMEOUT_MS, () => {
      answered = true;
      unanswered += 1;
      next(BURST_GAP_MS);
      if (unanswered >= TIMEOUTS_TO_DOUBT) options.onTimeout();
    });
    options.ping(({ serverTime, version }) => {
      if (answered || mine !== generation) return;
      answered = true;
      clock.addSample(sentAt, time.now(), serverTime);
      count += 1;
      unanswered = 0;
      if (count >= BURST_PINGS && (count - BURST_PINGS) % REPORT_EVERY_PINGS === 0) {
        const { rttMs, offsetMs, uncertaintyMs } = clock.state;
        options.report({ rttMs, offsetMs, uncertaintyMs });
      }
      next(count < BURST_PINGS ? BURST_GAP_MS : PING_EVERY_MS * (0.5 + options.random()));
      options.onSample(version);
    });
  };

  return {
    start() {
      generation += 1;
      count = 0;
      unanswered = 0;
      cancel();
      ping();
    },
    stop() {
      generation += 1;
      cancel();
    },
  };
};
