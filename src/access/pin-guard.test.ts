import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PIN_GUESSES } from '../protocol/ceilings.ts';
import { createPinGuard } from './pin-guard.ts';

const benchOf = () => {
  const instant = { ms: 0 };
  const pauses: number[] = [];
  const lines: string[] = [];
  const guard = createPinGuard({
    registry: new Registry(),
    log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
    monotonic: () => instant.ms,
    pause: async (ms) => void pauses.push(ms),
  });
  const guess = async (address: string) => {
    const waitMs = await guard.admit('room', address);
    if (waitMs === 0) guard.wrong('room', address);
    return waitMs;
  };
  return { instant, pauses, lines, guard, guess };
};

describe('[CE7] the PIN of a room under many guesses', () => {
  it('is judged at once up to the limit, then one after another with growing pauses, and once said in the log', async () => {
    const { guess, pauses, lines } = benchOf();
    for (let index = 0; index < PIN_GUESSES.burst; index += 1) await guess(`address ${index % 100}`);
    expect(pauses).toEqual([]);
    for (let index = 0; index < 6; index += 1) await guess(`address ${index}`);
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(lines).toHaveLength(1);
  });

  it('lets one of an address wait at a time, and nobody of an address that was never wrong', async () => {
    const { guess, guard } = benchOf();
    for (let index = 0; index < PIN_GUESSES.burst; index += 1) await guess('guilty');
    const [first, second, other] = await Promise.all([
      guard.admit('room', 'guilty'),
      guard.admit('room', 'guilty'),
      guard.admit('room', 'innocent'),
    ]);
    expect([first, second, other]).toEqual([0, 1_000, 0]);
    expect(await guard.admit('another room', 'guilty')).toBe(0);
  });

  it('takes all networks of one site for one', async () => {
    const { guess, guard, pauses } = benchOf();
    for (let index = 0; index < PIN_GUESSES.burst; index += 1) await guess(`2001:db8:7:${index.toString(16)}::1`);
    expect(pauses).toEqual([]);
    await guess('2001:db8:7:ffff::1');
    expect(pauses).toEqual([1_000]);
    expect(await guard.admit('room', '2001:db8:8::1')).toBe(0);
    expect(pauses).toEqual([1_000]);
  });

  it('lets a class in which somebody mistyped go before those who guess, and once one was right all of it', async () => {
    const { guess, guard, pauses } = benchOf();
    for (let index = 0; index < PIN_GUESSES.burst; index += 1) await guess(`guesser ${index % 100}`);
    guard.wrong('room', 'class');
    const order: string[] = [];
    const judged = ['guesser 1', 'guesser 2', 'class'].map(async (address) => {
      await guard.admit('room', address);
      order.push(address);
      if (address === 'class') guard.right('room', address);
    });
    await Promise.all(judged);
    expect(order).toEqual(['class', 'guesser 1', 'guesser 2']);
    const before = pauses.length;
    expect(await Promise.all([guard.admit('room', 'class'), guard.admit('room', 'class')])).toEqual([0, 0]);
    expect(pauses).toHaveLength(before);
  });

  it('is told to the researcher, less what time has taken back', async () => {
    const { guess, guard, instant } = benchOf();
    expect(guard.wrongOf('room')).toBe(0);
    for (const address of ['a', 'a', 'b']) await guess(address);
    expect(guard.wrongOf('room')).toBe(3);
    expect(guard.wrongOf('another room')).toBe(0);
    instant.ms = 3_600_000;
    expect(guard.wrongOf('room')).toBe(0);
  });

  it('forgets with time', async () => {
    const { guess, pauses, instant } = benchOf();
    for (let index = 0; index < PIN_GUESSES.burst; index += 1) await guess('guilty');
    instant.ms = 2 * 3_600_000;
    await guess('guilty');
    expect(pauses).toEqual([]);
  });
});
