import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

const clockAt = (instant: { ms: number }) => ({ now: () => instant.ms, monotonic: () => instant.ms });

describe('rate limit', () => {
  it('lets a burst through, then as much as time brings back', () => {
    const instant = { ms: 0 };
    const limit = createRateLimit({ clock: clockAt(instant), perSecond: 10, burst: 3 });
    expect([limit.take(), limit.take(), limit.take(), limit.take()]).toEqual(['ok', 'ok', 'ok', 'refuse']);
    instant.ms = 200;
    expect([limit.take(), limit.take(), limit.take()]).toEqual(['ok', 'ok', 'refuse']);
  });

  it('takes what costs more only when there is so much, and lets the cheap pass', () => {
    const limit = createRateLimit({ clock: clockAt({ ms: 0 }), perSecond: 1, burst: 5 });
    expect([limit.take(3), limit.take(3), limit.take(2), limit.take()]).toEqual(['ok', 'refuse', 'ok', 'refuse']);
  });

  it('gives up on a connection that does not stop', () => {
    const limit = createRateLimit({ clock: clockAt({ ms: 0 }), perSecond: 1, burst: 1 });
    const answers = Array.from({ length: 1_100 }, () => limit.take());
    expect(answers.at(1_000)).toBe('refuse');
    expect(answers.at(-1)).toBe('close');
    const large = createRateLimit({ clock: clockAt({ ms: 0 }), perSecond: 1, burst: 1 });
    const fewer = Array.from({ length: 100 }, () => large.take(16));
    expect([fewer.at(50), fewer.at(70)]).toEqual(['refuse', 'close']);
  });
});
