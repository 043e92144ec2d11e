import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { createShowSchedule } from './show-schedule.ts';

const WAITING: RoomView = {
  id: 'room',
  code: 'CODE',
  title: 'T',
  phase: 'waiting',
  page: 0,
  pageCount: 5,
  language: 'en',
  self: 'me',
  pages: [],
  participants: [],
  choices: {},
  settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, record: true },
};
const OFFSET = 1_000_000;

const createScene = (localError = 0) => {
  const time = createVirtualTime();
  let frozen = false;
  const seen: string[] = [];
  const schedule = createShowSchedule({
    time,
    clock: {
      delayUntil: (instant) => instant - (time.now() + OFFSET + localError),
      setFrozen(value) {
        frozen = value;
      },
    },
    onStart: ({ lateMs }) => seen.push(`start at ${time.now()} late ${lateMs}`),
    onPage: ({ page, lateMs }) => seen.push(`page ${page} at ${time.now()} late ${lateMs}`),
    onChange: () => {},
  });
  schedule.update(WAITING);
  const at = (local: number) => OFFSET + local;
  return { time, schedule, seen, at, isFrozen: () => frozen };
};

describe('what is shown when', () => {
  test('[CL5] the start is shown at its instant, and holds the clock until then', () => {
    const { time, schedule, seen, at, isFrozen } = createScene();
    const countdown: RoomView = { ...WAITING, phase: 'countdown', startsAt: at(4_000) };
    schedule.update(countdown);
    expect(isFrozen()).toBe(true);
    time.runUntil(3_999);
    expect(schedule.shown(countdown).phase).toBe('countdown');
    time.runUntil(4_000);
    expect(seen).toEqual(['start at 4000 late 0']);
    expect(schedule.shown(countdown).phase).toBe('running');
    expect(isFrozen()).toBe(false);
    schedule.update({ ...countdown, phase: 'running', startedAt: at(4_000) });
    time.runUntil(10_000);
    expect(seen).toHaveLength(1);
  });

  test('[ST24] a room as it was before turns that are gone is shown at once, and none of them later', () => {
    const { time, schedule, seen, at, isFrozen } = createScene();
    const running: RoomView = { ...WAITING, phase: 'running', startedAt: at(0) };
    schedule.update({ ...running, page: 1, turnsAt: at(1_500) });
    time.runUntil(1_600);
    schedule.update({ ...running, page: 2, turnsAt: at(2_000) });
    schedule.update(running);
    expect(schedule.shown(running).page).toBe(0);
    time.runUntil(5_000);
    expect(schedule.shown(running).page).toBe(0);
    expect(seen.filter((line) => line.startsWith('page'))).toEqual(['page 1 at 1500 late 0']);
    expect(isFrozen()).toBe(false);
  });

  test('[CL5] a start that is not confirmed within a second falls back to waiting', () => {
    const { time, schedule, at } = createScene();
    const countdown: RoomView = { ...WAITING, phase: 'countdown', startsAt: at(2_000) };
    schedule.update(countdown);
    time.runUntil(2_999);
    expect(schedule.shown(countdown).phase).toBe('running');
    time.runUntil(3_000);
    expect(schedule.shown(countdown).phase).toBe('waiting');
  });

  test('a cancelled countdown shows nothing; the next one starts anew', () => {
    const { time, schedule, seen, at } = createScene();
    schedule.update({ ...WAITING, phase: 'countdown', startsAt: at(2_000) });
    time.runUntil(1_999);
    schedule.update(WAITING);
    time.runUntil(3_000);
    expect(seen).toEqual([]);
    schedule.update({ ...WAITING, phase: 'countdown', startsAt: at(5_000) });
    time.runUntil(5_000);
    expect(seen).toEqual(['start at 5000 late 0']);
  });

  test('a start that was confirmed while this client was away is shown at once, late', () => {
    const { time, schedule, seen, at } = createScene();
    schedule.update({ ...WAITING, phase: 'countdown', startsAt: at(2_000) });
    schedule.stop();
    time.runUntil(2_500);
    schedule.update({ ...WAITING, phase: 'running', startsAt: at(2_000), startedAt: at(2_000) });
    expect(seen).toEqual(['start at 2500 late 500']);
  });

  test('who comes into a running debate sees its page at once and no start', () => {
    const time = createVirtualTime();
    const seen: string[] = [];
    const schedule = createShowSchedule({
      time,
      clock: { delayUntil: (instant) => instant - time.now(), setFrozen: () => {} },
      onStart: () => seen.push('start'),
      onPage: () => seen.push('page'),
      onChange: () => {},
    });
    schedule.update({ ...WAITING, phase: 'running', startedAt: 10, page: 3, turnsAt: 20 });
    expect(schedule.page).toBe(3);
    time.runUntil(5_000);
    expect(seen).toEqual([]);
  });

  test('[CL5] page turns are shown at their instants, in order, and late ones at once', () => {
    const { time, schedule, seen, at } = createScene();
    const running: RoomView = { ...WAITING, phase: 'running', startedAt: at(0) };
    schedule.update(running);
    const second: RoomView = { ...running, page: 2, turnsAt: at(1_250) };
    schedule.update({ ...running, page: 1, turnsAt: at(1_200) });
    schedule.update(second);
    expect(schedule.shown(second).page).toBe(0);
    time.runUntil(1_200);
    expect(schedule.shown(second).page).toBe(1);
    time.runUntil(1_250);
    expect(schedule.shown(second).page).toBe(2);
    time.runUntil(2_000);
    schedule.update({ ...running, page: 3, turnsAt: at(1_900) });
    expect(seen.slice(1)).toEqual(['page 1 at 1200 late 0', 'page 2 at 1250 late 0', 'page 3 at 2000 late 100']);
  });
});
