// The room clock of a single node: the wall clock as it was at start, carried on by the monotonic one, so that a step of the
// machine's wall clock never reaches a room.
import { performance } from 'node:perf_hooks';
import type { Clock } from '../rooms/ports.ts';

export const createSystemClock = (): Clock => {
  // Date.now() and not performance.timeOrigin: the origin is not corrected when the wall clock was set during boot.
  const offset = Date.now() - performance.now();
  return {
    now: () => offset + performance.now(),
    monotonic: () => performance.now(),
  };
};
