// When to ask for the room's time: a burst after each connect, then now and then at a random phase, so that the pings
// of many clients never come together. Feeds the estimate and reports it: page turns are announced as far ahead as the
// slowest participant needs, so the first report comes with the first answer.
import type { ClockState } from '../client-state.ts';
import type { RoomClock } from './clock.ts';
import type { LocalTime } from './local-time.ts';

export interface ClockSync {
  start(): void;
  stop(): void;
}

const BURST_PINGS = 8;
const BURST_GAP_MS = 40;
const PING_EVERY_MS = 8_000;
/** Of a burst: the first idea, one of some worth, and the whole. */
const REPORT_AFTER_PINGS: readonly number[] = [1, 4, BURST_PINGS];
const REPORT_EVERY_PINGS = 4;
/** A path that has become slower by this much (or a quarter) is told at once: the others' page turns wait for it. */
const NEWS_MS = 20;
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
  readonly report: (state: ClockState) => void;
  readonly onSample: (version: number) => void;
  /** Pings stay without an answer. */
  readonly onTimeout: () => void;
}): ClockSync => {
  const { clock, time } = options;
  let cancel = () => {};
  let generation = 0;
  let count = 0;
  let unanswered = 0;
  let reportedReachMs = 0;

  const reportIfDue = () => {
    const { state } = clock;
    const reachMs = state.rttMs + (state.spreadMs ?? 0);
    const isDue =
      REPORT_AFTER_PINGS.includes(count) ||
      (count > BURST_PINGS && (count - BURST_PINGS) % REPORT_EVERY_PINGS === 0) ||
      reachMs > reportedReachMs + Math.max(NEWS_MS, reportedReachMs / 4);
    if (!isDue) return;
    reportedReachMs = reachMs;
    options.report(state);
  };

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
      reportIfDue();
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
