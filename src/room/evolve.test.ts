import { expect, test } from 'vitest';
import {
  commitsOf,
  connected,
  ended,
  given,
  hostChanged,
  left,
  on,
  recordingStarted,
  recordingStopped,
  roomDefinition,
  running,
  seated,
  turned,
} from '../../test/support/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { evolve, evolveCommit, fold } from './evolve.ts';
import { initialStateOf } from './initial-state.ts';

const history = [
  ...running,
  on(6_000, recordingStarted('p1', 'r1', 6_000)),
  on(7_000, turned(1, 7_100)),
  ...ended.slice(-1),
];

test('[RM40] commit by commit, from the middle, or through JSON: the same room', () => {
  const definition = roomDefinition();
  const commits = commitsOf(history);
  const whole = fold(definition, commits);
  expect(commits.slice(4).reduce(evolveCommit, fold(definition, commits.slice(0, 4)))).toEqual(whole);
  expect(fold(definition, JSON.parse(JSON.stringify(commits)))).toEqual(whole);
  expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  expect(whole.version).toBe(history.length);
});

test('[RM40] the state before stays as it was', () => {
  const before = given(...seated).state;
  const copy = structuredClone(before);
  evolve(before, connected('p1'), 2_000);
  expect(before).toEqual(copy);
});

test('[RM40] a commit without events counts as a version', () => {
  const state = evolveCommit(initialStateOf(roomDefinition()), { version: 1, commitId: 'c', at: 5, events: [] });
  expect(state).toEqual({ ...initialStateOf(roomDefinition()), version: 1, committedAt: 5, commitId: 'c' });
});

test('an event that this version does not know gives no state rather than a wrong one', () => {
  const unknown = JSON.parse('{"type":"of_tomorrow"}');
  expect(() =>
    evolveCommit(initialStateOf(roomDefinition()), { version: 1, commitId: 'c', at: 5, events: [unknown] }),
  ).toThrow(/unknown type/);
});

test.each([
  { type: 'debate_started', startedAt: 1 },
  { type: 'page_turned', page: 1, turnsAt: 1, by: 'p0' },
  { type: 'countdown_cancelled', reason: 'missed' },
  connected('stranger'),
  left('stranger'),
  hostChanged('stranger', 'p0'),
  recordingStopped('p1', 'nothing', 1, 2),
] satisfies RoomEvent[])('[RM40] a journal in which $type cannot follow is not believed', (event) => {
  expect(() => evolve(given(...seated).state, event, 2_000)).toThrow(/Room room/);
});
