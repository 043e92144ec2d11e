import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turnLeadOf } from './turn-lead.ts';

describe('turnLeadOf', () => {
  it('follows the slowest participant and the usual commit', () => {
    expect(turnLeadOf([10, 120, 40], 5)).toBe(140);
  });

  it('stays within 30 and 300 ms whatever is reported', () => {
    const rtts = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(rtts, fc.double({ min: 0, max: 1e6, noNaN: true }), (rttsMs, commitMs) => {
        const lead = turnLeadOf(rttsMs, commitMs);
        expect(lead).toBeGreaterThanOrEqual(30);
        expect(lead).toBeLessThanOrEqual(300);
      }),
    );
  });
});
