// Counts refused attempts per address in the memory of this process. Memory is bounded: with too many addresses the oldest is
// forgotten, which lets an attacker with that many addresses try more, never anybody else wait.
import { ATTEMPT_WINDOW_MS, type AttemptLimiter } from './ports.ts';

const MAX_ADDRESSES = 20_000;

interface AttemptLimiterOptions {
  readonly limit: number;
  /** For intervals only, ms. */
  readonly monotonic: () => number;
}

export const createAttemptLimiter = ({ limit, monotonic }: AttemptLimiterOptions): AttemptLimiter => {
  const windows = new Map<string, { count: number; readonly endsAt: number }>();
  const windowOf = (address: string) => {
    const window = windows.get(address);
    if (window && monotonic() < window.endsAt) return window;
    windows.delete(address);
    return undefined;
  };
  const waitOf = (address: string): number => {
    const window = windowOf(address);
    return window && window.count >= limit ? Math.ceil(window.endsAt - monotonic()) : 0;
  };
  return {
    waitMs: async (address) => waitOf(address),
    async refused(address) {
      const waitMs = waitOf(address);
      if (waitMs > 0) return waitMs;
      const window = windowOf(address);
      if (window) {
        window.count += 1;
        return 0;
      }
      windows.set(address, { count: 1, endsAt: monotonic() + ATTEMPT_WINDOW_MS });
      // A map keeps the order of insertion: the first is the one whose window began first.
      const oldest = windows.keys().next();
      if (windows.size > MAX_ADDRESSES && !oldest.done) windows.delete(oldest.value);
      return 0;
    },
  };
};
