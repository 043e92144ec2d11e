// The room clock of a single node: the wall clock as it was at the start, carried on by the monotonic clock, so that setting the
// machine's wall clock never changes it. On Linux the monotonic clock stops while the machine sleeps; the time slept is added as
// soon as it is noticed, and what fell due meanwhile happens then. It is measured by the machine's uptime, which counts sleep and
// cannot be set. A wall clock that was merely set is logged and not followed. The room clock never goes back.
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Clock } from '../../rooms/ports.ts';

const LOOK_EVERY_MS = 1_000;
/** Far above what reading three clocks one after another takes on a busy machine. */
const SECONDS_APART_MS = 2_000;

export interface MachineClocks {
  readonly wall: () => number;
  readonly monotonic: () => number;
  /** Since the machine started, sleep counted; undefined where it follows the wall clock. */
  readonly uptime: (() => number) | undefined;
}

export interface SystemClock extends Clock {
  /** Looks for sleep and for a wall clock that was set. */
  look(log: Logger): void;
  /** Looks every second from now on; returns what ends that. */
  watch(log: Logger): () => void;
}

const MACHINE: MachineClocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: process.platform === 'linux' ? () => uptime() * 1_000 : undefined,
};

export const createSystemClock = (machine: MachineClocks = MACHINE): SystemClock => {
  // Date.now() and not performance.timeOrigin: the origin is not corrected when the wall clock was set during boot.
  let offset = machine.wall() - machine.monotonic();
  const awake = (): number => (machine.uptime?.() ?? machine.monotonic()) - machine.monotonic();
  let sleptBefore = awake();
  let wallAhead = 0;
  const now = (): number => offset + machine.monotonic();

  const look: SystemClock['look'] = (log) => {
    const slept = awake() - sleptBefore;
    if (slept >= SECONDS_APART_MS) {
      offset += slept;
      sleptBefore += slept;
      log.warn({ byMs: Math.round(slept) }, 'this machine slept: the room clock goes ahead by that');
    }
    const ahead = machine.wall() - now();
    if (Math.abs(ahead - wallAhead) < SECONDS_APART_MS) return;
    wallAhead = ahead;
    log.warn(
      { byMs: Math.round(ahead) },
      'the wall clock of this machine is not where the room clock is: rooms go on by theirs, a restart between debates takes the new time over',
    );
  };

  return {
    now,
    monotonic: machine.monotonic,
    look,
    watch(log) {
      const timer = setInterval(look, LOOK_EVERY_MS, log);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
};

/** Watched from now on. */
export const startSystemClock = ({
  log,
  onClose,
}: {
  readonly log: Logger;
  readonly onClose: (close: () => void) => void;
}): Clock => {
  const clock = createSystemClock();
  onClose(clock.watch(log));
  return clock;
};
