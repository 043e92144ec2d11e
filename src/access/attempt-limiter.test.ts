import { expect, it } from 'vitest';
import { createAttemptLimiter } from './attempt-limiter.ts';

const limiterAt = (limit: number) => {
  const time = { now: 0 };
  return { time, limiter: createAttemptLimiter({ limit, monotonic: () => time.now }) };
};

it('[JN6] lets an address wait for the rest of its minute, and nobody else', () => {
  const { time, limiter } = limiterAt(2);
  limiter.refused('a');
  expect(limiter.waitMs('a')).toBe(0);
  time.now = 10_000;
  limiter.refused('a');
  expect(limiter.waitMs('a')).toBe(50_000);
  expect(limiter.waitMs('b')).toBe(0);
  time.now = 60_000;
  expect(limiter.waitMs('a')).toBe(0);
  limiter.refused('a');
  expect(limiter.waitMs('a')).toBe(0);
});

it('[JN6] forgets the oldest address rather than remember without end', () => {
  const { limiter } = limiterAt(1);
  limiter.refused('first');
  for (let index = 0; index < 20_000; index += 1) limiter.refused(`address ${index}`);
  expect(limiter.waitMs('first')).toBe(0);
  expect(limiter.waitMs('address 0')).toBeGreaterThan(0);
  expect(limiter.waitMs('address 19999')).toBeGreaterThan(0);
});
