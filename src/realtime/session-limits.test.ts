import { describe, expect, it } from 'vitest';
import { COMMANDS, CONNECTS, MEASUREMENTS, MEASUREMENTS_IN_ALL, MESSAGES, SYNCS } from '../protocol/ceilings.ts';
import { createSessionLimits } from './session-limits.ts';

describe('[CE5] what a participant may send', () => {
  it.each([
    ['mayCommand', COMMANDS],
    ['maySync', SYNCS],
    ['mayMeasure', MEASUREMENTS],
    ['mayConnect', CONNECTS],
  ] as const)(
    '%s a burst, then as much as time brings back, and takes nothing from others',
    (name, { perSecond, burst }) => {
      const instant = { ms: 0 };
      const limits = createSessionLimits({ clock: { now: () => 0, monotonic: () => instant.ms } });
      const countOf = (id: string, tries: number) =>
        Array.from({ length: tries }, () => limits[name](id)).filter(Boolean).length;
      expect(countOf('p', burst * 2)).toBe(burst);
      expect(countOf('q', 1)).toBe(1);
      instant.ms = 10_000;
      expect(countOf('p', burst * 2)).toBe(Math.min(burst, perSecond * 10));
    },
  );

  it('[CE9] of measurements there is an end, however slowly they come, and for nobody else', () => {
    const instant = { ms: 0 };
    const limits = createSessionLimits({ clock: { now: () => 0, monotonic: () => instant.ms } });
    const stored = Array.from({ length: MEASUREMENTS_IN_ALL + 10 }, () => {
      instant.ms += 1_000;
      return limits.mayStoreAnother('p');
    }).filter(Boolean);
    expect(stored).toHaveLength(MEASUREMENTS_IN_ALL);
    expect(limits.mayStoreAnother('q')).toBe(true);
  });

  it('long messages count as several', () => {
    const limits = createSessionLimits({ clock: { now: () => 0, monotonic: () => 0 } });
    const answers = Array.from({ length: MESSAGES.burst }, () => limits.takeMessage('p', 60_000));
    expect(answers.filter((one) => one === 'ok')).toHaveLength(MESSAGES.burst / 8);
  });
});
