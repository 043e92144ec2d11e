import { describe, expect, it } from 'vitest';
import { createPercentileWindow } from './percentile-window.ts';

describe('percentile window', () => {
  it('answers with the assumption before the first duration', () => {
    expect(createPercentileWindow(10).p95()).toBe(10);
  });

  it('is the value that 95 of 100 durations do not exceed', () => {
    const window = createPercentileWindow(10);
    for (let ms = 100; ms >= 1; ms--) window.add(ms);
    expect(window.p95()).toBe(95);
  });

  it('forgets what is long ago', () => {
    const window = createPercentileWindow(10);
    for (let n = 0; n < 512; n++) window.add(1_000);
    expect(window.p95()).toBe(1_000);
    for (let n = 0; n < 512; n++) window.add(3);
    expect(window.p95()).toBe(3);
  });
});
