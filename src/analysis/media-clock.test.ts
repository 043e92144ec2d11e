import { describe, expect, test } from 'vitest';
import { mediaClockOf } from './media-clock.ts';

const chunk = (startedAt: number, endedAt: number) => ({ startedAt, endedAt });

describe('media time on the room clock', () => {
  test('contiguous chunks are one straight line from the first stamp', () => {
    const clock = mediaClockOf(900, [chunk(1_000, 3_000), chunk(3_000, 6_000)]);
    expect([0, 1_999, 2_000, 4_999].map(clock)).toEqual([1_000, 2_999, 3_000, 5_999]);
  });

  test('a pause between chunks moves what comes after it', () => {
    const clock = mediaClockOf(900, [chunk(1_000, 3_000), chunk(10_000, 12_000)]);
    expect([1_999, 2_000, 3_500].map(clock)).toEqual([2_999, 10_000, 11_500]);
  });

  test('media that runs on past the last stamp goes on in a line', () => {
    expect(mediaClockOf(0, [chunk(1_000, 2_000)])(5_000)).toBe(6_000);
  });

  test('pieces that overlap by timer jitter keep their places', () => {
    const clock = mediaClockOf(0, [chunk(1_000, 3_100), chunk(3_000, 5_000)]);
    expect(clock(2_100)).toBe(3_000);
  });

  test('a take without a chunk is one line from its start', () => {
    const clock = mediaClockOf(900, []);
    expect([0, 2_500].map(clock)).toEqual([900, 3_400]);
  });
});
