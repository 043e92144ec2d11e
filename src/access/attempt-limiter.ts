// Counts refused attempts per address in windows of a minute. Memory is bounded: with too many addresses the oldest is
// forgotten, which lets an attacker with that many addresses try more, never anybody else wait.

const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 20_000;

export interface AttemptLimiter {
  /** How long this address has to wait; 0 when it may try. */
  waitMs(address: string): number;
  refused(address: string): void;
}

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
  return {
    waitMs(address) {
      const window = windowOf(address);
      return window && window.count >= limit ? Math.ceil(window.endsAt - monotonic()) : 0;
    },
    refused(address) {
      const window = windowOf(address);
      if (window) {
        window.count += 1;
        return;
      }
      windows.set(address, { count: 1, endsAt: monotonic() + WINDOW_MS });
      // A map keeps the order of insertion: the first is the one whose window began first.
      const oldest = windows.keys().next();
      if (windows.size > MAX_ADDRESSES && !oldest.done) windows.delete(oldest.value);
    },
  };
};
