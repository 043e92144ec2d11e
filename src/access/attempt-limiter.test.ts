import { expect, it } from 'vitest';
import { createAttemptLimiter } from './attempt-limiter.ts';

it('[JN6] forgets the oldest address rather than remember without end', async () => {
  const limiter = createAttemptLimiter({ limit: 1, monotonic: () => 0 });
  await limiter.refused('first');
  for (let index = 0; index < 20_000; index += 1) await limiter.refused(`address ${index}`);
  expect(await limiter.waitMs('first')).toBe(0);
  expect(await limiter.waitMs('address 0')).toBeGreaterThan(0);
  expect(await limiter.waitMs('address 19999')).toBeGreaterThan(0);
});
