import { describe, expect, test } from 'vitest';
import { mediaClockOf } from './media-clock.ts';

const chunk = (startedAt: number, endedAt: number, flagged = false) => ({ startedAt, endedAt, flagged });

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

  test('stamps that overlap by timer jitter are believed', () => {
    const clock = mediaClockOf(0, [chunk(1_000, 3_100), chunk(3_000, 5_000)]);
    expect(clock(2_100)).toBe(3_000);
  });

  test.each([
    ['one is flagged', [chunk(1_000, 3_000), chunk(90_000, 91_000, true)], 1_000],
    ['the first is flagged', [chunk(1, 2, true), chunk(3_000, 4_000)], 900],
    ['they run backwards', [chunk(5_000, 6_000), chunk(1_000, 2_000)], 5_000],
    ['there are none', [], 900],
  ])('falls back to one line when %s', (_, chunks, origin) => {
    const clock = mediaClockOf(900, chunks);
    expect([clock(0), clock(2_500)]).toEqual([origin, origin + 2_500]);
  });
});
