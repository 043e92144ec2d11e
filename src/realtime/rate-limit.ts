// A token bucket per connection: one client's flood costs the others nothing but the refusal.
import type { Clock } from '../rooms/ports.ts';

export interface RateLimit {
  /** `refuse`: over the limit. `close`: it does not stop, the connection is not worth answering any more. */
  take(): 'ok' | 'refuse' | 'close';
}

const CLOSE_AFTER_REFUSALS = 1_000;

export const createRateLimit = ({
  clock,
  perSecond,
  burst,
}: {
  clock: Clock;
  perSecond: number;
  burst: number;
}): RateLimit => {
  let tokens = burst;
  let filledAt = clock.monotonic();
  let refusals = 0;
  return {
    take() {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond);
      filledAt = now;
      if (tokens >= 1) {
        tokens -= 1;
        refusals = 0;
        return 'ok';
      }
      refusals += 1;
      return refusals > CLOSE_AFTER_REFUSALS ? 'close' : 'refuse';
    },
  };
};
