// What every adapter of the AttemptLimiter port must do.
import { describe, expect, it } from 'vitest';
import { ATTEMPT_WINDOW_MS, type AttemptLimiter } from '../../src/access/ports.ts';

export interface LimiterBench {
  readonly limiter: AttemptLimiter;
  /** Lets time pass for everything that was counted. */
  pass(ms: number): Promise<void>;
}

/** As many refused attempts at once over these limiters in turn; how many of them did not have to wait. */
export const guessAtOnce = async (
  limiters: readonly AttemptLimiter[],
  address: string,
  count: number,
): Promise<number> => {
  const guesses = Array.from({ length: count }, (_, index) => limiters[index % limiters.length]?.refused(address));
  return (await Promise.all(guesses)).filter((waitMs) => waitMs === 0).length;
};

export const describeAttemptLimiter = (name: string, create: (limit: number) => Promise<LimiterBench>): void => {
  describe(`attempt limiter: ${name}`, () => {
    it('[JN6] lets an address wait for the rest of its minute, and nobody else', async () => {
      const { limiter, pass } = await create(2);
      expect(await limiter.waitMs('a')).toBe(0);
      expect(await limiter.refused('a')).toBe(0);
      expect(await limiter.waitMs('a')).toBe(0);
      await pass(10_000);
      expect(await limiter.refused('a')).toBe(0);
      for (const waitMs of [await limiter.waitMs('a'), await limiter.refused('a')]) {
        expect(waitMs).toBeGreaterThan(40_000);
        expect(waitMs).toBeLessThanOrEqual(50_000);
      }
      expect(await limiter.waitMs('b')).toBe(0);
      expect(await limiter.refused('b')).toBe(0);
      await pass(50_000);
      expect(await limiter.waitMs('a')).toBe(0);
    });

    it('[JN6] counts no more than the limit of any number at once', async () => {
      const { limiter } = await create(30);
      expect(await guessAtOnce([limiter], 'a', 500)).toBe(30);
      expect(await guessAtOnce([limiter], 'a', 500)).toBe(0);
    });

    it('[JN6] does not count who has to wait already', async () => {
      const { limiter, pass } = await create(3);
      expect(await guessAtOnce([limiter], 'a', 50)).toBe(3);
      await pass(ATTEMPT_WINDOW_MS - 1_000);
      expect(await limiter.refused('a')).toBeGreaterThan(0);
      await pass(1_000);
      expect(await guessAtOnce([limiter], 'a', 50)).toBe(3);
    });
  });
};
