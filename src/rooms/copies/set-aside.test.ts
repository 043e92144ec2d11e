import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../protocol/app-error.ts';
import { createSetAside } from './set-aside.ts';

const MINUTE_MS = 60_000;
const unreadable = new TypeError('commit.events is not iterable');

const given = () => {
  const lines: { level: number; roomId: string; msg: string }[] = [];
  const metrics = new Registry();
  let now = 0;
  const setAside = createSetAside({
    clock: { monotonic: () => now },
    log: pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) }),
    metrics,
  });
  return {
    setAside,
    lines,
    pass: (ms: number) => {
      now += ms;
    },
    isTried: (roomId: string) => {
      try {
        setAside.admit(roomId);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        return false;
      }
    },
    gauge: async () => (await metrics.getSingleMetric('trialogue_rooms_set_aside')?.get())?.values[0]?.value,
  };
};

describe('[ST25] a room that cannot be read', () => {
  it('given a failure, is unavailable and not tried for five seconds, then tried once more', () => {
    const { setAside, pass, isTried } = given();
    expect(setAside.failed('bad', unreadable)).toMatchObject({ code: 'unavailable', cause: unreadable });
    expect([isTried('bad'), isTried('good')]).toEqual([false, true]);
    pass(4_999);
    expect([isTried('bad'), setAside.due()]).toEqual([false, []]);
    pass(1);
    expect([isTried('bad'), setAside.due()]).toEqual([true, ['bad']]);
  });

  it('given failure after failure, rests twice as long each time, fifteen minutes at most', () => {
    const { setAside, pass, isTried } = given();
    const rests: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      setAside.failed('bad', unreadable);
      let rested = 0;
      for (; !isTried('bad'); rested += 5_000) pass(5_000);
      rests.push(rested / 1_000);
    }
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    expect(900_000).toBe(15 * MINUTE_MS);
  });

  it('given any number of failures, is told once, with its id and the reason', () => {
    const { setAside, lines } = given();
    for (const roomId of ['one', 'one', 'other', 'one']) setAside.failed(roomId, unreadable);
    expect(lines.map(({ roomId }) => roomId)).toEqual(['one', 'other']);
    expect(lines[0]).toMatchObject({ level: 50, err: { message: unreadable.message } });
  });

  it('when it loads again, or is gone, is no longer counted and begins anew with the shortest rest', async () => {
    const { setAside, pass, isTried, gauge, lines } = given();
    for (const roomId of ['one', 'one', 'other']) setAside.failed(roomId, unreadable);
    expect([setAside.all(), await gauge()]).toEqual([['one', 'other'], 2]);
    setAside.settled('one');
    setAside.settled('never aside');
    expect([setAside.has('one'), setAside.all(), await gauge()]).toEqual([false, ['other'], 1]);
    expect(lines).toHaveLength(3);
    setAside.failed('one', unreadable);
    pass(5_000);
    expect(isTried('one')).toBe(true);
  });
});

it.each([
  ['cannot be reached', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['is too slow', Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })],
  ['says so itself', new AppError('unavailable', 'not now')],
  ['is another one for the moment', Object.assign(new Error('database does not exist'), { code: '3D000' })],
  ['lacks a table', new Error('a query failed', { cause: Object.assign(new Error(), { code: '42P01' }) })],
])('[ST25] no room is set aside for a database that %s', (_, error) => {
  const { setAside, lines } = given();
  expect(setAside.failed('room', error)).toBe(error);
  expect([setAside.all(), lines]).toEqual([[], []]);
});

it.each(['XX001', '22P02'])('[ST25] a room is set aside for rows that the database cannot read (%s)', (code) => {
  const { setAside } = given();
  setAside.failed('room', Object.assign(new Error(), { code }));
  expect(setAside.all()).toEqual(['room']);
});
