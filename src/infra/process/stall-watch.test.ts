import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createStallWatch } from './stall-watch.ts';

const given = () => {
  const logged: { stalls: number; longestMs: number }[] = [];
  let [now, worked] = [1_000, 50];
  const watch = createStallWatch({
    log: pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line)) }),
    monotonic: () => now,
    busy: () => worked,
  });
  return {
    logged: () => logged.map(({ stalls, longestMs }) => ({ stalls, longestMs })),
    /** A tick that comes so much later than the one before, of which the loop was at work so long. */
    after(ms: number, busyMs: number) {
      now += ms;
      worked += busyMs;
      watch.tick();
    },
    end: watch.logStalls,
  };
};

it('[ST26] is told when the event loop has stood still for more than half a second', () => {
  const { after, logged } = given();
  for (const ms of [100, 130, 599, 100]) after(ms, ms);
  expect(logged()).toEqual([]);
  after(1_300, 1_300);
  expect(logged()).toEqual([{ stalls: 1, longestMs: 1_200 }]);
});

it('[ST26] is told once a minute at most, with the number and the longest of that minute', () => {
  const { after, logged } = given();
  after(700, 700);
  for (const ms of [800, 2_100, 900]) after(ms, ms);
  for (let ms = 0; ms < 56_000; ms += 100) after(100, 5);
  expect(logged()).toEqual([{ stalls: 1, longestMs: 600 }]);
  for (let ms = 0; ms < 300; ms += 100) after(100, 5);
  expect(logged()).toEqual([
    { stalls: 1, longestMs: 600 },
    { stalls: 3, longestMs: 2_000 },
  ]);
  for (let ms = 0; ms < 120_000; ms += 100) after(100, 5);
  expect(logged()).toHaveLength(2);
});

it('[ST26] what has not been told is told at the end', () => {
  const { after, logged, end } = given();
  for (const ms of [700, 800]) after(ms, ms);
  end();
  end();
  expect(logged()).toEqual([
    { stalls: 1, longestMs: 600 },
    { stalls: 1, longestMs: 700 },
  ]);
});

it('[ST26] says nothing of a process that was stopped or got no CPU while it had nothing to do', () => {
  const { after, logged } = given();
  after(20_000, 12);
  after(3_000, 400);
  expect(logged()).toEqual([]);
});
