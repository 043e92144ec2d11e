import { expect, test } from 'vitest';
import { dropped, given, on, recordingStarted, running } from '../../test/support/room/room-scenario.ts';
import { evolveView } from '../client/session/evolve-view.ts';
import { roomViewOf } from './participant-view.ts';
import { researcherViewOf } from './researcher-view.ts';
import type { RoomState } from './state.ts';

const voices = new Map(['p0', 'p1', 'p2'].map((id) => [id, { micOn: true, speaking: true }]));
const toResearcher = (state: RoomState) =>
  researcherViewOf({ state, room: { joinUrl: '' }, voices, uploads: new Map(), wrongPins: 0 }).participants;
const toParticipant = (state: RoomState) => roomViewOf(state, 'p0', voices).participants;

test('[RM44] researchers see the microphones that participants see', () => {
  const { state } = given(
    ...running,
    on(6_000, dropped('p1', 36_000)),
    on(6_000, { type: 'participant_muted', participantId: 'p2', by: 'p0' }),
  );
  for (const shown of [toResearcher(state), toParticipant(state)])
    expect(shown.map(({ micOn, speaking }) => [micOn, speaking])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
});

test('[RM44] once the room is over nobody records, in either view and in the mirror of a client', () => {
  const before = given(...running, on(6_000, recordingStarted('p1', 'r1', 6_000)));
  const after = given(
    ...running,
    on(6_000, recordingStarted('p1', 'r1', 6_000)),
    on(60_000, { type: 'debate_ended', reason: 'host', endedAt: 60_000 }),
  );
  const recording = (shown: readonly { readonly recording: boolean }[]) => shown.map((one) => one.recording);
  expect(recording(toResearcher(before.state))).toEqual([false, true, false]);
  expect(recording(toParticipant(before.state))).toEqual([false, true, false]);
  expect(recording(toResearcher(after.state))).toEqual([false, false, false]);
  expect(recording(toParticipant(after.state))).toEqual([false, false, false]);
  const mirror = evolveView(
    roomViewOf(before.state, 'p0', voices),
    { type: 'debate_ended', reason: 'host', endedAt: 60_000 },
    60_000,
  );
  expect(mirror).toEqual(roomViewOf(after.state, 'p0', voices));
});
