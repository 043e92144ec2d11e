// PURE: how a node's clock follows the cluster's. Fed with samples (asked, answered, what the other clock said), it gives the
// room clock for any instant of the local monotonic clock. The wall clock plays no part after the start, so its steps never
// arrive here. The room clock is slewed and never goes back.
//
// 500 ppm: five times the worst oscillator, so that any drift is followed; and a lie of an hour moves the room by less than
// two seconds in an hour.
const MAX_SLEW = 500e-6;
/** How wrong an old sample may have become, per ms of its age: two cheap oscillators drifting apart. */
const AGEING = 100e-6;
const WINDOW = 16;
const WINDOW_MS = 60_000;
/** Beyond half its round trip, a sample this far off is no jitter: one of the two clocks has stepped. */
const STEP_MS = 100;
/** So many that agree with each other, before a step is believed. */
const WITNESSES = 3;

export interface ClockSample {
  /** Monotonic, ms: when asked and when answered. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** The cluster's room clock in between, epoch ms. */
  readonly theirs: number;
}

interface Estimate {
  readonly offset: number;
  readonly error: number;
  readonly at: number;
}

export interface ClockDiscipline {
  /** Room clock at an instant of the monotonic clock. */
  now(monotonic: number): number;
  /** `steps`: the other clock is `byMs` ahead of where it should be, and several samples say so. Nothing is followed then. */
  take(sample: ClockSample): { readonly steps?: number };
  /** Of the best sample so far to an offset from the monotonic clock, ms; undefined while nothing is known. */
  aheadOf(offset: number): number | undefined;
  /** The best of the samples taken so far becomes the room clock at once. Before the node serves anybody. */
  begin(monotonic: number): void;
  /** The other clock is right: ahead at once, back only by slewing. */
  follow(monotonic: number, byMs: number): void;
  /** Half the best round trip and what has drifted since; undefined while nothing is known. */
  uncertaintyMs(monotonic: number): number | undefined;
}

const estimateOf = ({ sentAt, receivedAt, theirs }: ClockSample): Estimate => ({
  offset: theirs - (sentAt + receivedAt) / 2,
  error: (receivedAt - sentAt) / 2,
  at: receivedAt,
});

const errorAt = (estimate: Estimate, monotonic: number): number =>
  estimate.error + Math.max(0, monotonic - estimate.at) * AGEING;

export const createClockDiscipline = ({ monotonic, wall }: { monotonic: number; wall: number }): ClockDiscipline => {
  let applied = wall - monotonic;
  let appliedAt = monotonic;
  let target = applied;
  let begun = false;
  let estimates: Estimate[] = [];
  let doubtful: Estimate[] = [];

  const slewTo = (at: number): void => {
    const most = MAX_SLEW * Math.max(0, at - appliedAt);
    applied += Math.min(Math.max(target - applied, -most), most);
    appliedAt = Math.max(appliedAt, at);
  };

  const best = (at: number): Estimate | undefined =>
    estimates.reduce<Estimate | undefined>(
      (least, each) => (least && errorAt(least, at) <= errorAt(each, at) ? least : each),
      undefined,
    );

  return {
    now(at) {
      slewTo(at);
      return at + applied;
    },
    take(sample) {
      const estimate = estimateOf(sample);
      slewTo(estimate.at);
      const off = estimate.offset - target;
      if (begun && Math.abs(off) > STEP_MS + estimate.error) {
        const agrees = doubtful.every((other) => Math.abs(other.offset - estimate.offset) <= STEP_MS + estimate.error);
        doubtful = agrees ? [...doubtful, estimate] : [estimate];
        if (doubtful.length < WITNESSES) return {};
        const [least] = doubtful.toSorted((a, b) => a.error - b.error);
        doubtful = [];
        return { steps: (least ?? estimate).offset - target };
      }
      doubtful = [];
      // Before the start it is the other clock that counts, as it is now.
      if (
        !begun &&
        estimates.some((other) => Math.abs(other.offset - estimate.offset) > STEP_MS + other.error + estimate.error)
      )
        estimates = [];
      estimates = [...estimates, estimate].filter(({ at }) => estimate.at - at <= WINDOW_MS).slice(-WINDOW);
      if (begun) target = best(estimate.at)?.offset ?? target;
      return {};
    },
    aheadOf(offset) {
      const newest = estimates.at(-1);
      const chosen = newest && best(newest.at);
      return chosen && chosen.offset - offset;
    },
    begin(at) {
      const chosen = best(at);
      if (!chosen) return;
      begun = true;
      target = chosen.offset;
      applied = chosen.offset;
      appliedAt = at;
    },
    follow(at, byMs) {
      slewTo(at);
      target += byMs;
      applied = Math.max(applied, target);
      // They tell of where the other clock was before.
      estimates = [];
    },
    uncertaintyMs(at) {
      const chosen = best(at);
      return chosen && errorAt(chosen, at);
    },
  };
};
