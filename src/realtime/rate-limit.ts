// A token bucket per connection: one client's flood costs the others nothing but the refusal.
import type { Clock } from '../rooms/ports.ts';

export interface RateLimit {
  /** `refuse`: over the limit. `close`: it does not stop, the connection is not worth answering any more. */
  take(cost?: number): 'ok' | 'refuse' | 'close';
}

interface RateLimitOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly burst: number;
}

/** Tokens that were asked for in vain since the last message that was let through. */
const CLOSE_AFTER_REFUSED = 1_000;

export const createRateLimit = ({ clock, perSecond, burst }: RateLimitOptions): RateLimit => {
  let tokens = burst;
  let filledAt = clock.monotonic();
  let refused = 0;
  return {
    take(cost = 1) {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond);
      filledAt = now;
      if (tokens >= cost) {
        tokens -= cost;
        refused = 0;
        return 'ok';
      }
      refused += cost;
      return refused > CLOSE_AFTER_REFUSED ? 'close' : 'refuse';
    },
  };
};

/** One bucket per key. Bounded: with too many keys the oldest is forgotten. */
export const createRateLimits = ({ capacity, ...options }: RateLimitOptions & { readonly capacity: number }) => {
  const limits = new Map<string, RateLimit>();
  return (key: string): RateLimit => {
    const limit = limits.get(key) ?? createRateLimit(options);
    limits.delete(key);
    limits.set(key, limit);
    if (limits.size > capacity) {
      const oldest = limits.keys().next();
      if (!oldest.done) limits.delete(oldest.value);
    }
    return limit;
  };
};
