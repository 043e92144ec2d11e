import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageOf, type Take } from './coverage.ts';

const window = { from: 10_000, to: 20_000 };
const NOW = 99_000;
const takeOf = (
  chunks: readonly (readonly [index: number, startedAt: number, endedAt: number])[],
  recording: Partial<Take['recording']> = {},
): Take => ({
  recording: { startedAt: 10_000, endedAt: 20_000, chunkCount: chunks.length, ...recording },
  chunks: chunks.map(([index, startedAt, endedAt]) => ({
    index,
    startedAt,
    endedAt,
    flagged: false,
    digest: '',
    bytes: 1,
  })),
});

describe('[RC9] coverage', () => {
  it('counts what chunks cover, once, within the debate', () => {
    const takes = [
      takeOf([
        [0, 9_000, 15_000],
        [1, 14_000, 16_000],
      ]),
      takeOf([[0, 16_000, 25_000]]),
    ];
    expect(coverageOf(takes, window, NOW)).toEqual({ expectedMs: 10_000, capturedMs: 10_000, gaps: [] });
  });

  it('lists holes of more than 200 ms, and no shorter ones', () => {
    const take = takeOf([
      [0, 10_200, 12_000],
      [1, 12_200, 15_000],
      [2, 15_201, 20_000],
    ]);
    expect(coverageOf([take], window, NOW)).toEqual({
      expectedMs: 10_000,
      capturedMs: 9_399,
      gaps: [{ from: 15_000, to: 15_201, reason: 'not_captured' }],
    });
  });

  it('tells chunks that have not come from what was never captured', () => {
    const take = takeOf(
      [
        [1, 12_000, 13_000],
        [3, 15_000, 16_000],
      ],
      { startedAt: 11_000, endedAt: 18_000 },
    );
    const { chunkCount: _, ...open } = take.recording;
    expect(coverageOf([{ ...take, recording: open }], window, NOW).gaps).toEqual([
      { from: 10_000, to: 11_000, reason: 'not_captured' },
      { from: 11_000, to: 12_000, reason: 'chunk_missing' },
      { from: 13_000, to: 15_000, reason: 'chunk_missing' },
      { from: 16_000, to: 18_000, reason: 'chunk_missing' },
      { from: 18_000, to: 20_000, reason: 'not_captured' },
    ]);
  });

  it('expects nothing outside a debate', () => {
    const take = takeOf([[0, 10_000, 20_000]]);
    expect(coverageOf([take], undefined, NOW)).toEqual({ expectedMs: 0, capturedMs: 0, gaps: [] });
    expect(coverageOf([take], { from: 5, to: 5 }, NOW).expectedMs).toBe(0);
  });

  it('always adds up: what is captured and all holes together are what is expected', () => {
    const instant = fc.integer({ min: 8_000, max: 22_000 });
    const chunk = fc.tuple(instant, fc.integer({ min: 0, max: 3_000 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(fc.array(chunk, { maxLength: 8 }), { maxLength: 3 }), (takes) => {
        const built = takes.map((chunks) =>
          takeOf(chunks.map(([from, length, skipped], index) => [index * (skipped ? 2 : 1), from, from + length])),
        );
        const { capturedMs, expectedMs, gaps } = coverageOf(built, window, NOW);
        const inGaps = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
        expect(capturedMs).toBeGreaterThanOrEqual(0);
        expect(capturedMs + inGaps).toBeLessThanOrEqual(expectedMs);
        for (const [index, gap] of gaps.entries()) {
          expect(gap.to - gap.from).toBeGreaterThan(200);
          expect(gap.from).toBeGreaterThanOrEqual(gaps[index - 1]?.to ?? window.from);
          expect(gap.to).toBeLessThanOrEqual(window.to);
        }
      }),
    );
  });
});

it('[CE1] as many holes as a take can have cost no more than so many chunks', () => {
  const debate = { from: 0, to: 50_000_000 };
  const chunks = Array.from({ length: 50_000 }, (_, position) => ({
    ...{ index: 2 * position, digest: '', bytes: 1, flagged: false },
    ...{ startedAt: 1_000 * position, endedAt: 1_000 * position + 500 },
  }));
  const recording = { startedAt: 0, endedAt: debate.to, chunkCount: 100_000 };
  const { gaps, capturedMs } = coverageOf([{ recording, chunks }], debate, debate.to);
  expect(capturedMs).toBe(25_000_000);
  expect(gaps).toHaveLength(50_000);
  expect(gaps.every(({ from, to, reason }) => to - from === 500 && reason === 'chunk_missing')).toBe(true);
});
