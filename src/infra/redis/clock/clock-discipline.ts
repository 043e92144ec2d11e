// PURE: how a node's clock follows the cluster's. From samples (when asked, when answered, which time came back) it computes the
// room clock for any instant of the local monotonic clock. The wall clock is not used after the start, so a step of it changes
// nothing here. The room clock is slewed: it runs a little faster or slower, and never goes back.
//
// 500 ppm: five times the drift of the worst oscillator, so that any drift is followed. A shared time that is wrong for an hour
// still moves the room clock by less than two seconds.
const MAX_SLEW = 500e-6;
/** How wrong an old sample may have become, per ms of its age: two cheap oscillators drifting apart. */
const AGEING = 100e-6;
const WINDOW = 16;
const WINDOW_MS = 60_000;
/** A sample that is off by this much more than its own error is no jitter: one of the two clocks has stepped. */
const STEP_MS = 100;
/** A step counts as real when so many samples agree on it. */
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
  /** `steps`, ms: by how much the other clock has stepped, once several samples agree. The room clock does not follow the step. */
  take(sample: ClockSample): { readonly steps?: number };
  /** How far the best sample is ahead of an offset to the monotonic clock, ms; undefined while nothing is known. */
  aheadOf(offset: number): number | undefined;
  /** The room clock becomes that of the best sample, at once. To be called before the node serves anybody. */
  begin(monotonic: number): void;
  /** The other clock is right: the room clock is put forward at once, or goes back by slewing. */
  shift(monotonic: number, byMs: number): void;
  /** Half of the best round trip, and the drift that is possible since; undefined while nothing is known. */
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
    shift(at, byMs) {
      slewTo(at);
      target += byMs;
      applied = Math.max(applied, target);
      // They are samples of the time before the shift.
      estimates = [];
    },
    uncertaintyMs(at) {
      const chosen = best(at);
      return chosen && errorAt(chosen, at);
    },
  };
};
