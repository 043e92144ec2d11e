// The pause before the same thing is asked again: growing, spread by chance, cut short when the network may be back.
import type { LocalTime } from '../clock/local-time.ts';

export interface RetryPause {
  /** `attempt` counts from 0. */
  wait(attempt: number, atLeastMs?: number): Promise<void>;
  wake(): void;
}

const BASE_MS = 300;
const CAP_MS = 10_000;

/** For one waiter at a time. */
export const createRetryPause = (time: LocalTime, random: () => number): RetryPause => {
  let wake = () => {};
  return {
    wait: (attempt, atLeastMs = 0) =>
      new Promise((resolve) => {
        const backoff = Math.min(CAP_MS, BASE_MS * 2 ** attempt) * (0.5 + random());
        const cancel = time.after(Math.max(backoff, atLeastMs), resolve);
        wake = () => {
          cancel();
          resolve();
        };
      }),
    wake: () => wake(),
  };
};
