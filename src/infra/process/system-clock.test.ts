import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from './system-clock.ts';

const NOON = 1_800_000_000_000;
const HOUR = 3_600_000;

const createMachine = ({ countsSleep = true } = {}) => {
  const at = { wall: NOON, monotonic: 5_000, uptime: 900_000 };
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) });
  const clock = createSystemClock({
    wall: () => at.wall,
    monotonic: () => at.monotonic,
    uptime: countsSleep ? () => at.uptime : undefined,
  });
  const pass = (ms: number, awake = true) => {
    at.wall += ms;
    at.uptime += ms;
    if (awake || !countsSleep) at.monotonic += ms;
    clock.look(log);
  };
  return { clock, at, pass, warnings };
};

describe('system clock', () => {
  it('[NO12] a machine that slept: the room clock is where time is, and goes on from there', () => {
    const { clock, pass, warnings } = createMachine();
    pass(1_000);
    pass(HOUR, false);
    expect(clock.now()).toBe(NOON + 1_000 + HOUR);
    pass(1_000);
    pass(HOUR, false);
    expect(clock.now()).toBe(NOON + 2_000 + 2 * HOUR);
    expect(warnings).toEqual([expect.stringMatching(/slept/), expect.stringMatching(/slept/)]);
  });

  it.each([HOUR, -HOUR, -40 * 365 * 24 * HOUR])(
    '[NO12] a wall clock that is set by %i ms is told once and not followed',
    (by) => {
      const { clock, at, pass, warnings } = createMachine();
      at.wall += by;
      for (let second = 0; second < 5; second += 1) pass(1_000);
      expect(clock.now()).toBe(NOON + 5_000);
      expect(warnings).toEqual([expect.stringMatching(/wall clock/)]);
    },
  );

  it('[NO12] it never goes back, whatever the machine says', () => {
    const { clock, at, pass } = createMachine();
    pass(HOUR, false);
    const before = clock.now();
    at.uptime -= HOUR;
    at.wall -= HOUR;
    pass(1_000);
    expect(clock.now()).toBe(before + 1_000);
  });

  it('where the monotonic clock counts sleep nothing is added', () => {
    const { clock, pass, warnings } = createMachine({ countsSleep: false });
    pass(HOUR, false);
    expect(clock.now()).toBe(NOON + HOUR);
    expect(warnings).toEqual([]);
  });
});
