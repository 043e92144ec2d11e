import { expect, test, vi } from 'vitest';
import { createLocalTime } from './local-time.ts';

test('a stopped time runs nothing any more, whenever it was set', () => {
  vi.useFakeTimers();
  try {
    const time = createLocalTime();
    const run = vi.fn();
    time.after(5, run);
    vi.advanceTimersByTime(5);
    expect(run).toHaveBeenCalledTimes(1);
    time.after(5, run);
    time.stop();
    time.after(5, run);
    vi.advanceTimersByTime(1_000);
    expect(run).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});
