import { expect, test } from 'vitest';
import {
  countdown,
  dropped,
  EXPIRES_AT,
  ended,
  given,
  givenRoom,
  left,
  on,
  roomDefinition,
  running,
  seated,
} from '../../test/support/room/room-scenario.ts';
import { nextDeadlineOf } from './next-deadline.ts';

test('[RM38] a waiting room is next due when a seat is given up, else when it expires', () => {
  expect(nextDeadlineOf(given().state)).toBe(EXPIRES_AT);
  expect(nextDeadlineOf(given(...seated).state)).toBe(31_000);
});

test('[RM38] a countdown is due at its start, not at expiry', () => {
  expect(nextDeadlineOf(given(...countdown).state)).toBe(5_000);
});

test('[RM38] a debate is due when a grace period or its time is over, whichever is first', () => {
  const limited = roomDefinition({ settings: { timeLimitMinutes: 1 } });
  expect(nextDeadlineOf(given(...running).state)).toBeUndefined();
  expect(nextDeadlineOf(givenRoom(limited, ...running).state)).toBe(65_000);
  expect(nextDeadlineOf(givenRoom(limited, ...running, on(9_000, dropped('p1', 39_000))).state)).toBe(39_000);
  expect(
    nextDeadlineOf(givenRoom(limited, ...running, on(9_000, dropped('p1', 39_000)), on(39_000, left('p1'))).state),
  ).toBe(65_000);
});

test('[RM38] nothing is ever due in a room that is over', () => {
  expect(nextDeadlineOf(given(...ended).state)).toBeUndefined();
  expect(nextDeadlineOf(given(...seated, on(2_000, { type: 'room_expired' })).state)).toBeUndefined();
});
