import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RETRY_TABLE, retryDelayOf } from './retry-table.ts';
import type { FaultKind } from './service-fault.ts';

const kinds = Object.keys(RETRY_TABLE) as FaultKind[];

describe('retry table', () => {
  test.each<[FaultKind, number]>([
    ['unauthorized', 1],
    ['rejected', 1],
    ['audio_too_large', 1],
    ['transcript_too_long', 1],
    ['quota_exhausted', 1],
    ['invalid_answer', 3],
    ['timeout', 4],
    ['server_error', 10],
  ])('[JB7] %s is tried %i times in all', (kind, attempts) => {
    const tried = [...Array(20).keys()].findIndex((index) => retryDelayOf({ kind }, index + 1, 0.5) === undefined);
    expect(tried + 1).toBe(attempts);
  });

  test('[JB7] delays double up to their limit, half of each is jitter', () => {
    const delays = (random: number) =>
      [1, 2, 3, 9].map((attempt) => retryDelayOf({ kind: 'server_error' }, attempt, random));
    expect(delays(0)).toEqual([500, 1_000, 2_000, 128_000]);
    expect(delays(1)).toEqual([1_000, 2_000, 4_000, 256_000]);
  });

  test('[JB7] never comes back before the service asked for, but not later than an hour and a bit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 15 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (kind, attempt, random, retryAfterMs) => {
          const delay = retryDelayOf({ kind, retryAfterMs }, attempt, random);
          if (delay === undefined) return attempt >= RETRY_TABLE[kind].attempts;
          return delay >= Math.min(retryAfterMs, 3_600_000) && delay <= 3_600_000 * 1.1 + 1;
        },
      ),
    );
  });
});
