import { expect, test } from 'vitest';
import {
  commitsOf,
  ended,
  type Moment,
  on,
  recordingStarted,
  recordingStopped,
  roomDefinition,
  running,
} from '../../test/support/room/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { effectsOf } from './effects.ts';
import { fold } from './evolve.ts';

/** Key and earliest instant of what follows from the last commit of a history. */
const followingOf = (...history: Moment[]): [string, number][] => {
  const commits = commitsOf(history);
  const last = commits.at(-1);
  if (!last) return [];
  const effects = effectsOf(last.events, fold(roomDefinition(), commits), last.at);
  return effects.map(({ key, notBefore }) => [key, notBefore]);
};

const completed = (recordingId: string): RoomEvent => ({
  type: 'recording_completed',
  participantId: 'p1',
  recordingId,
  chunkCount: 1,
  bytes: 1,
});
const [theEnd = on(0)] = ended.slice(-1);
const recorded = [
  ...running,
  on(6_000, recordingStarted('p1', 'r1', 6_000)),
  on(6_001, recordingStarted('p2', 'r2', 6_001)),
  on(50_000, recordingStopped('p1', 'r1', 6_000, 50_000)),
  on(50_000, recordingStopped('p2', 'r2', 6_001, 50_000)),
];
const TIMEOUT_AT = 960_000;

test('[RM39] nothing is processed before the end', () => {
  expect(followingOf(...running)).toEqual([]);
  expect(followingOf(...recorded, on(51_000, completed('r1')), on(51_001, completed('r2')))).toEqual([]);
});

test('[RM39] a debate without recordings is processed at its end', () => {
  expect(followingOf(...running, theEnd)).toEqual([
    ['room:timeout', TIMEOUT_AT],
    [`room:ready:${running.length + 1}`, 60_000],
  ]);
});

test('[RM39] one whose recordings are complete already, too', () => {
  const history = [...recorded, on(51_000, completed('r1'), completed('r2')), theEnd];
  expect(followingOf(...history)).toEqual([
    ['room:timeout', TIMEOUT_AT],
    [`room:ready:${history.length}`, 60_000],
  ]);
});

test('[RM39] otherwise with the last upload, or when their time is over', () => {
  expect(followingOf(...recorded, theEnd)).toEqual([['room:timeout', TIMEOUT_AT]]);
  expect(followingOf(...recorded, theEnd, on(70_000, completed('r1')))).toEqual([]);
  const history = [...recorded, theEnd, on(70_000, completed('r1')), on(71_000, completed('r2'))];
  expect(followingOf(...history)).toEqual([[`room:ready:${history.length}`, 71_000]]);
});

test('[RM39] a late upload has the room processed again, even if another never comes', () => {
  const history = [...recorded, theEnd, on(TIMEOUT_AT, completed('r1'))];
  expect(followingOf(...history)).toEqual([[`room:ready:${history.length}`, TIMEOUT_AT]]);
});

test('[RM39] other events after the end lead to nothing', () => {
  const running = recorded.slice(0, -2);
  expect(followingOf(...running, theEnd, on(61_000, recordingStopped('p1', 'r1', 6_000, 61_000)))).toEqual([]);
});

test('[RM39] takes of who was removed are not waited for: nobody can upload them any more', () => {
  const removed: RoomEvent = { type: 'participant_removed', participantId: 'p2', by: 'p1' };
  const history = [...recorded, on(50_500, removed), on(51_000, completed('r1')), theEnd];
  expect(followingOf(...history)).toEqual([
    ['room:timeout', TIMEOUT_AT],
    [`room:ready:${history.length}`, 60_000],
  ]);
});
