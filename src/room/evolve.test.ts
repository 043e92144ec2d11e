import { expect, test } from 'vitest';
import {
  commitsOf,
  connected,
  ended,
  given,
  hostChanged,
  joined,
  left,
  on,
  recordingStarted,
  recordingStopped,
  roomDefinition,
  running,
  seated,
  turned,
} from '../../test/support/room/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { StoredCommit } from './commands.ts';
import type { Drafts } from './drafts.ts';
import { evolve, evolveCommit, fold, replay } from './evolve.ts';
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
  expect(replay(fold(definition, commits.slice(0, 4)), commits.slice(4))).toEqual(whole);
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

/** A room of many answers, takes and comings and goings; every commit answers a command. */
const longHistory = (length: number): StoredCommit[] => {
  const kinds: ((index: number) => RoomEvent)[] = [
    (index) => recordingStarted('p1', `r${index}`, index),
    (index) => recordingStopped('p1', `r${index - 1}`, index, index),
    (index) => joined(3, { participantId: `late${index}` }),
    (index) => ({
      type: 'choice_submitted',
      participantId: `late${index - 1}`,
      questionId: 'q',
      value: 1,
      revision: 1,
    }),
  ];
  const moments = Array.from({ length }, (_, index) => {
    const event = kinds[index % kinds.length]?.(index);
    return on(10_000 + index, ...(event ? [event] : []));
  });
  return commitsOf([...running, ...moments]).map((commit) => ({
    ...commit,
    command: { participantId: 'p1', commandId: commit.commitId, digest: '', answer: {} },
  }));
};

/** Entries of records that were written, counted as the records that each step replaces. */
const entriesWritten = (length: number): number => {
  const drafts: Drafts = new WeakSet();
  const counted = new Set<object>();
  let entries = 0;
  let state = initialStateOf(roomDefinition());
  for (const commit of longHistory(length)) {
    state = evolveCommit(state, commit, drafts);
    const { participants, recordings, choices, commands } = state;
    for (const record of [participants, recordings, choices, commands]) {
      if (!counted.has(record)) entries += Object.keys(record).length;
      counted.add(record);
    }
  }
  return entries;
};

test('[RM40] a history twice as long costs twice as much to replay, not four times', () => {
  const once = entriesWritten(2_000);
  expect(entriesWritten(4_000)).toBeLessThan(2.5 * once);
});

test('[RM40] replaying a long history gives what each event by itself gives, and leaves the state before as it was', () => {
  const definition = roomDefinition();
  const commits = longHistory(400);
  const middle = fold(definition, commits.slice(0, 200));
  const copy = structuredClone(middle);
  const whole = replay(middle, commits.slice(200));
  expect(middle).toEqual(copy);
  expect(whole).toEqual(commits.reduce((state, commit) => evolveCommit(state, commit), initialStateOf(definition)));
});

test('[RM11] a seat waits as long as its event says, and in commits of former builds as the settings say', () => {
  const seatOf = (event: RoomEvent) => fold(roomDefinition(), commitsOf([on(1_000, event)])).participants.p0;
  expect(seatOf(joined(0, { graceUntil: 5_000 }))?.graceUntil).toBe(5_000);
  expect(seatOf(joined(0))?.graceUntil).toBe(31_000);
});
