import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slowRoundTripOf, turnLeadOf } from './turn-lead.ts';

const anyMs = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true });

describe('slowRoundTripOf', () => {
  it.each([
    [{ rttMs: 300, spreadMs: 80 }, 380],
    [{ rttMs: 300, spreadMs: 0 }, 300],
    // Of somebody else's client: no word of the spread.
    [{ rttMs: 300 }, 375],
    [{ rttMs: 300, spreadMs: null }, 375],
    [{ rttMs: 11.3, spreadMs: 0.4 }, 15],
    [{ rttMs: -5, spreadMs: -5 }, 0],
    [{ rttMs: null, spreadMs: 5 }, undefined],
  ])('[CK2] %j takes %j ms', (report, slowMs) => expect(slowRoundTripOf(report)).toBe(slowMs));
});

describe('turnLeadOf', () => {
  it('[CK2] follows the slowest participant and the usual commit', () => {
    expect(turnLeadOf([10, 120, 40], 5)).toBe(165);
    expect(turnLeadOf([10, 380, 40], 5)).toBe(425);
  });

  it('[CK2] whoever has not been measured yet counts as 100 ms', () => {
    expect(turnLeadOf([10, undefined], 5)).toBe(145);
  });

  it('[CK2] stays within 30 and 600 ms whatever is reported', () => {
    const report = fc.record({ rttMs: fc.option(anyMs), spreadMs: fc.option(anyMs) });
    fc.assert(
      fc.property(
        fc.array(report, { maxLength: 8 }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (reports, commit) => {
          const lead = turnLeadOf(reports.map(slowRoundTripOf), commit);
          expect(lead).toBeGreaterThanOrEqual(30);
          expect(lead).toBeLessThanOrEqual(600);
        },
      ),
    );
  });
});
