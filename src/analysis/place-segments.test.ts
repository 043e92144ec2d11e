import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeSegments, type SpokenSegment } from './place-segments.ts';

const says = (from?: number, to?: number, text = 'some words'): SpokenSegment => ({
  text,
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});

describe('times as services tell them', () => {
  test.each<[string, number, SpokenSegment[], [number, number, string][]]>([
    [
      'seconds',
      10,
      [says(1, 2.5), says(3, 4)],
      [
        [1_000, 2_500, 'told'],
        [3_000, 4_000, 'told'],
      ],
    ],
    ['one word in a window of half a minute', 3_600, [says(600, 629, '네')], [[600_000, 629_000, 'told']]],
    ['a little beyond the audio', 2.5, [says(0.2, 2.9)], [[200, 2_500, 'told']]],
    [
      'milliseconds',
      10,
      [says(1_000, 2_500), says(3_000, 4_000)],
      [
        [1_000, 2_500, 'corrected'],
        [3_000, 4_000, 'corrected'],
      ],
    ],
    ['microseconds', 10, [says(1e6, 2.5e6)], [[1_000, 2_500, 'corrected']]],
    ['nanoseconds', 2.5, [says(2e8, 1.8e9)], [[200, 1_800, 'corrected']]],
    ['the window of the model', 2.5, [says(0, 30)], [[0, 2_500, 'corrected']]],
    ['seconds since 1970', 2.5, [says(1_764_000_000, 1_764_000_002)], [[0, 2_500, 'unknown']]],
    [
      'wholly beyond the audio',
      10,
      [says(1, 2), says(50, 52)],
      [
        [1_000, 2_000, 'told'],
        [2_000, 10_000, 'unknown'],
      ],
    ],
    ['the end before the start', 10, [says(4, 2)], [[2_000, 4_000, 'corrected']]],
    [
      'not in order',
      10,
      [says(5, 6), says(1, 2)],
      [
        [5_000, 6_000, 'told'],
        [1_000, 2_000, 'told'],
      ],
    ],
    [
      'no end',
      10,
      [says(1, undefined), says(4, 5)],
      [
        [1_000, 4_000, 'corrected'],
        [4_000, 5_000, 'told'],
      ],
    ],
    ['no end of the last', 10, [says(8, undefined)], [[8_000, 10_000, 'corrected']]],
    [
      'no start',
      10,
      [says(1, 2), says(undefined, 4), says(5, 6)],
      [
        [1_000, 2_000, 'told'],
        [2_000, 5_000, 'unknown'],
        [5_000, 6_000, 'told'],
      ],
    ],
    ['nothing told', 10, [says()], [[0, 10_000, 'unknown']]],
    ['not a number', 10, [says(Number.NaN, Number.NaN)], [[0, 10_000, 'unknown']]],
    ['negative', 10, [says(-1, 2)], [[0, 10_000, 'unknown']]],
    ['audio of unknown length', 0, [says(1, 400)], [[1_000, 400_000, 'told']]],
  ])('[JB22] %s', (_, seconds, segments, expected) => {
    const placed = placeSegments(segments, seconds * 1_000);
    expect(placed.map((one) => [one.fromMs, one.toMs, one.timing])).toEqual(expected);
  });

  test('[JB22] whatever is told, each text is there once, inside of the audio', () => {
    const time = fc.option(fc.oneof(fc.double(), fc.integer({ min: 0, max: 4e12 })), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(time, time)), fc.integer({ min: 1, max: 4e7 }), (times, durationMs) => {
        const segments = times.map(([from, to], index) => says(from, to, `word ${index}`));
        const placed = placeSegments(segments, durationMs);
        expect(placed.map((one) => one.text)).toEqual(segments.map((one) => one.text));
        for (const { fromMs, toMs } of placed) {
          expect(fromMs).toBeGreaterThanOrEqual(0);
          expect(toMs).toBeGreaterThanOrEqual(fromMs);
          expect(toMs).toBeLessThanOrEqual(durationMs + 0.001);
        }
      }),
    );
  });
});
