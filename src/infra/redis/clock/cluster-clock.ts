// The room clock of one node among many. It follows the time that they share in Redis, and goes on by itself while Redis is
// away. When the shared time steps, this node keeps its own time and corrects the shared one. When another node undoes that
// correction, it was this node that stood still (a suspended machine), and its clock is shifted to the shared time.
import type { Logger } from 'pino';
import type { Clock } from '../../../rooms/ports.ts';
import { reasonOf } from '../connection/redis-errors.ts';
import { createClockDiscipline } from './clock-discipline.ts';
import type { SharedTime } from './shared-time.ts';

const SAMPLE_EVERY_MS = 2_000;
const FIRST_SAMPLES = 10;
/** The machine's own clock is kept right by others: when it is this far from the shared time, one of the two is wrong. */
const DOUBTFUL_MS = 2_000;
/** The nodes that run correct a step of the shared time within this time. */
const CORRECTED_WITHIN_MS = 10_000;
/** A correction that is undone within this time was contradicted by another node. */
const CONTRADICTED_MS = 60_000;
/** A machine stands still for seconds or minutes. More than this is a broken clock, and is not followed. */
const MAX_SHIFT_MS = 300_000;

export interface ClusterClock {
  readonly clock: Clock;
  /**
   * Takes over the shared time at once. False when Redis cannot be asked, and for some seconds when the shared time is doubtful.
   * To be called until it is true, before the node serves anybody: later the clock is only slewed.
   */
  synchronize(): Promise<boolean>;
  /** One sample, and what follows from it. */
  sample(): Promise<void>;
  /** Samples from now on; returns what ends that. */
  start(): () => void;
  /** How far this node's clock may be from the shared one; undefined before the first sample. */
  uncertaintyMs(): number | undefined;
}

export interface ClusterClockOptions {
  readonly time: SharedTime;
  readonly log: Logger;
  /** Local clocks, ms: the monotonic one carries the room clock, the wall clock is read once. */
  readonly monotonic: () => number;
  readonly wall: () => number;
}

export const createClusterClock = ({ time, log, monotonic, wall }: ClusterClockOptions): ClusterClock => {
  const discipline = createClockDiscipline({ monotonic: monotonic(), wall: wall() });
  let correction = 0;
  let correctedAt = Number.NEGATIVE_INFINITY;
  let synchronized = false;
  let doubtfulSince: number | undefined;

  /** The shared time may just have stepped and not be corrected yet: this node would take over the wrong time for good. */
  const isTooDoubtful = (): boolean => {
    const aheadMs = discipline.aheadOf(wall() - monotonic()) ?? 0;
    if (Math.abs(aheadMs) < DOUBTFUL_MS) return false;
    if (doubtfulSince === undefined) {
      doubtfulSince = monotonic();
      const byMs = Math.round(aheadMs);
      log.warn(
        { byMs },
        'the shared time is far from the clock of this machine: other nodes get a while to correct it',
      );
    }
    return monotonic() - doubtfulSince < CORRECTED_WITHIN_MS;
  };

  const takeSample = async (): Promise<{ readonly steps?: number }> => {
    const sentAt = monotonic();
    const answer = await time.ask(correction);
    const receivedAt = monotonic();
    correction = answer.correction;
    return discipline.take({ sentAt, receivedAt, theirs: answer.redisTime + answer.correction });
  };

  const resolve = async (steps: number): Promise<void> => {
    const byMs = Math.round(steps);
    if (monotonic() - correctedAt < CONTRADICTED_MS) {
      if (Math.abs(steps) > MAX_SHIFT_MS) {
        log.error({ byMs }, 'the nodes disagree about the time; this one keeps its own');
        return;
      }
      log.warn({ byMs }, 'this node stood still: its clock follows the other nodes');
      discipline.shift(monotonic(), steps);
      return;
    }
    if (await time.correct(correction, correction - steps)) {
      correctedAt = monotonic();
      log.warn({ byMs }, 'the clock of Redis stepped: the room clock goes on as before');
    }
  };

  const sample = async (): Promise<void> => {
    try {
      const { steps } = await takeSample();
      if (steps !== undefined) await resolve(steps);
    } catch (error) {
      // The clock goes on with what it knows; the connection logs the outage.
      log.debug({ reason: reasonOf(error) }, 'no sample of the shared time');
    }
  };

  return {
    clock: { now: () => discipline.now(monotonic()), monotonic },
    async synchronize() {
      if (synchronized) return true;
      try {
        for (let taken = 0; taken < FIRST_SAMPLES; taken += 1) await takeSample();
      } catch {
        return false;
      }
      if (isTooDoubtful()) return false;
      discipline.begin(monotonic());
      synchronized = true;
      return true;
    },
    sample,
    start() {
      const timer = setInterval(() => void sample(), SAMPLE_EVERY_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
    uncertaintyMs: () => discipline.uncertaintyMs(monotonic()),
  };
};
