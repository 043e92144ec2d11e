import { describe, expect, test } from 'vitest';
import {
  commitsOf,
  connected,
  countdown,
  dropped,
  ended,
  given,
  givenRoom,
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
import { eventMessageOf, isSameForAll, roomViewOf } from './participant-view.ts';
import type { RoomState } from './state.ts';

const SILENT = new Map();
const indexesOf = (pages: readonly { index: number }[] = []): number[] => pages.map(({ index }) => index);
const quiet = { micOn: false, speaking: false, muted: false, recording: false };
const choice = (participantId: string, questionId = 'stance'): RoomEvent => ({
  type: 'choice_submitted',
  participantId,
  questionId,
  value: 'for',
  revision: 1,
});
describe('snapshots', () => {
  test('[RM41] hold the pages shown so far and the next one', () => {
    expect(indexesOf(roomViewOf(given(...seated).state, 'p0', SILENT).pages)).toEqual([0, 1]);
    const jumped = given(...running, on(6_000, turned(2, 6_100)), on(7_000, turned(0, 7_100))).state;
    const view = roomViewOf(jumped, 'p0', SILENT);
    expect(indexesOf(view.pages)).toEqual([0, 1, 2, 3]);
    expect(view).toMatchObject({ page: 0, turnsAt: 7_100, pageCount: 4 });
    expect(view.pages[2]).toMatchObject({ title: 'Weight', questions: [{ id: 'weight' }, { id: 'why' }] });
  });

  test('[RM41] tell phase, times and who is where', () => {
    const state = given(
      ...running,
      on(6_000, recordingStarted('p2', 'r', 6_000)),
      on(7_000, { type: 'participant_muted', participantId: 'p2', by: 'p0' }),
      on(8_000, dropped('p1', 38_000)),
    ).state;
    expect(roomViewOf(state, 'p2', SILENT)).toEqual({
      id: 'room',
      code: 'CODE',
      title: 'Study',
      phase: 'running',
      page: 0,
      pageCount: 4,
      startsAt: 5_000,
      startedAt: 5_000,
      language: 'en',
      self: 'p2',
      pages: [expect.objectContaining({ index: 0 }), expect.objectContaining({ index: 1 })],
      participants: [
        { id: 'p0', seat: 0, nickname: 'name 0', isHost: true, connected: true, ...quiet },
        { id: 'p1', seat: 1, nickname: 'name 1', isHost: false, connected: false, graceUntil: 38_000, ...quiet },
        {
          id: 'p2',
          seat: 2,
          nickname: 'name 2',
          isHost: false,
          connected: true,
          ...quiet,
          muted: true,
          recording: true,
        },
      ],
      choices: {},
      settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, record: true },
    });
    expect(roomViewOf(given(...ended).state, 'p0', SILENT)).toMatchObject({ phase: 'ended', endedAt: 60_000 });
  });

  test('[RM41] show who left a debate, but nobody who gave up a seat or was removed', () => {
    const idsOf = (state: RoomState): string[] => roomViewOf(state, 'p0', SILENT).participants.map(({ id }) => id);
    expect(idsOf(given(...seated, on(31_000, left('p1', 'never_connected'))).state)).toEqual(['p0', 'p2']);
    expect(idsOf(given(...running, on(6_000, dropped('p1', 36_000)), on(36_000, left('p1'))).state)).toEqual([
      'p0',
      'p1',
      'p2',
    ]);
    expect(
      idsOf(given(...running, on(6_000, { type: 'participant_removed', participantId: 'p1', by: 'p0' })).state),
    ).toEqual(['p0', 'p2']);
  });

  test('[RM42] hold nothing that is others’ or the researcher’s', () => {
    const definition = roomDefinition({
      settings: { pin: 'SECRET-pin', codebook: 'SECRET-codebook', consent: [{ id: 'SECRET-consent', text: 'x' }] },
    });
    const keys = {
      externalId: 'SECRET-external',
      unusableId: 'SECRET-unusable',
      joinKey: 'SECRET-key',
      consent: ['SECRET-consent'],
    };
    const { state } = givenRoom(
      definition,
      on(0, joined(0, keys), joined(1), joined(2)),
      on(1, connected('p0', 1, 'SECRET-boot'), connected('p1', 1, 'SECRET-boot'), connected('p2', 1, 'SECRET-boot')),
      on(2, { type: 'countdown_started', startsAt: 3 }),
      on(3, { type: 'debate_started', startedAt: 3 }),
      on(4, recordingStarted('p0', 'SECRET-recording', 4)),
      on(5, { type: 'choice_submitted', participantId: 'p0', questionId: 'why', value: 'SECRET-choice', revision: 1 }),
      on(5, choice('p1')),
    );
    const view = roomViewOf(state, 'p1', SILENT);
    expect(JSON.stringify(view)).not.toContain('SECRET');
    expect(view.choices).toEqual({ stance: { value: 'for', revision: 1 } });
    expect(roomViewOf(state, '__proto__', SILENT).choices).toEqual({});
  });

  test('[RM44] show microphone and speech only of who is connected and not muted', () => {
    const voice = new Map(['p0', 'p1', 'p2'].map((id) => [id, { micOn: true, speaking: true }]));
    const { state } = given(
      ...running,
      on(6_000, dropped('p1', 36_000)),
      on(6_000, { type: 'participant_muted', participantId: 'p2', by: 'p0' }),
    );
    expect(roomViewOf(state, 'p0', voice).participants.map(({ micOn, speaking }) => [micOn, speaking])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    const off = new Map([['p0', { micOn: false, speaking: true }]]);
    expect(roomViewOf(state, 'p0', off).participants[0]).toMatchObject({ micOn: false, speaking: false });
  });
});

describe('messages', () => {
  const messageOf = (history: readonly ReturnType<typeof on>[], viewerId: string, ...events: RoomEvent[]) => {
    const before = given(...history).state;
    const after = given(...history, on(9_000, ...events)).state;
    const commit = commitsOf([...history, on(9_000, ...events)]).at(-1);
    if (!commit) throw new Error('no commit');
    return eventMessageOf(commit, before, after, viewerId);
  };

  test('[RM41] of a page turn bring the target and its next, and whatever it skipped', () => {
    expect(messageOf(running, 'p1', turned(1, 9_100))).toMatchObject({ version: 8, at: 9_000 });
    expect(indexesOf(messageOf(running, 'p1', turned(1, 9_100)).pages)).toEqual([1, 2]);
    expect(indexesOf(messageOf(running, 'p1', turned(3, 9_100)).pages)).toEqual([2, 3]);
    const atTwo = [...running, on(6_000, turned(2, 6_100))];
    expect(indexesOf(messageOf(atTwo, 'p1', turned(0, 9_100)).pages)).toEqual([0, 1]);
    expect(indexesOf(messageOf(atTwo, 'p1', turned(3, 9_100)).pages)).toEqual([3]);
    expect(messageOf(countdown, 'p1', { type: 'debate_started', startedAt: 5_000 })).not.toHaveProperty('pages');
  });

  test('[RM42] hide others’ choices, and the version comes all the same', () => {
    expect(messageOf(running, 'p1', choice('p2'))).toEqual({ version: 8, at: 9_000, events: [] });
    expect(messageOf(running, 'p2', choice('p2')).events).toEqual([choice('p2')]);
  });

  test('[RM42] tell the path of a recording to its owner alone', () => {
    const start = recordingStarted('p2', 'r', 9_000);
    const { path: _, ...pathless } = { path: '', ...start };
    expect(messageOf(running, 'p2', start).events).toEqual([start]);
    expect(messageOf(running, 'p1', start).events).toEqual([pathless]);
    const recording = [...running, on(6_000, recordingStarted('p2', 'r', 6_000))];
    expect(messageOf(recording, 'p1', recordingStopped('p2', 'r', 6_000, 9_000)).events[0]).not.toHaveProperty('path');
  });

  test('[RM42] never tell what opens a seat, consent, the process or the command', () => {
    const keys = { externalId: 'SECRET', unusableId: 'SECRET', joinKey: 'SECRET', consent: ['SECRET'] };
    const message = messageOf([], 'p0', joined(0, keys), connected('p0', 1, 'SECRET'));
    expect(message.events).toEqual([
      { type: 'participant_joined', participantId: 'p0', seat: 0, nickname: 'name 0', isHost: true },
      { type: 'participant_connected', participantId: 'p0', epoch: 1 },
    ]);
    const { state } = given(...running);
    const command = { participantId: 'p0', commandId: 'SECRET', digest: 'SECRET', answer: {} };
    const commit = { version: 8, commitId: 'SECRET', at: 9_000, events: [], command };
    expect(eventMessageOf(commit, state, state, 'p0')).toEqual({ version: 8, at: 9_000, events: [] });
  });

  test('[RM43] are the same for all unless somebody’s own is in them', () => {
    const same = (...events: RoomEvent[]) => isSameForAll({ version: 1, at: 1, events });
    expect(same(turned(1, 9_100))).toBe(true);
    expect(same(joined(0), connected('p0'))).toBe(true);
    expect(same()).toBe(true);
    expect(same(turned(1, 9_100), choice('p1'))).toBe(false);
    expect(same(recordingStarted('p1', 'r', 1))).toBe(false);
    expect(same(recordingStopped('p1', 'r', 1, 2))).toBe(false);
  });
});
