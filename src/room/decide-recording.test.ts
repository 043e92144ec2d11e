import { describe, expect, test } from 'vitest';
import {
  countdown,
  DUE,
  dropped,
  ended,
  given,
  givenRoom,
  left,
  on,
  recordingStarted,
  recordingStopped,
  roomDefinition,
  running,
  seated,
} from '../../test/support/room/room-scenario.ts';
import type { EventOf, RoomEvent } from '../protocol/room-events.ts';
import type { RoomCommand } from './commands.ts';
import { MAX_TAKES } from './decide-recording.ts';
import { effectsOf } from './effects.ts';

const start = (recordingId: string, by = 'p1'): RoomCommand => ({
  type: 'start_recording',
  by,
  recordingId,
  mimeType: 'audio/webm',
  path: `recordings/${recordingId}`,
});
const late = (recordingId: string, capturedAt: number, by = 'p1'): RoomCommand => ({
  ...(start(recordingId, by) as Extract<RoomCommand, { type: 'start_recording' }>),
  capturedAt,
});
const stop = (recordingId: string, by = 'p1'): RoomCommand => ({ type: 'stop_recording', by, recordingId });
const complete = (recordingId: string, by = 'p1'): RoomCommand => ({
  type: 'complete_recording',
  by,
  recordingId,
  chunkCount: 4,
  bytes: 4_000,
});
const completed = (recordingId: string, participantId = 'p1'): RoomEvent => ({
  type: 'recording_completed',
  participantId,
  recordingId,
  chunkCount: 4,
  bytes: 4_000,
});
const open = on(6_000, recordingStarted('p1', 'r1', 6_000));

describe('recordings', () => {
  test.each([
    ['waiting', seated],
    ['countdown', countdown],
    ['debate', running],
  ])('[RM30] start in the %s', (_, history) => {
    given(...history)
      .when(start('r1'), 6_000)
      .then([recordingStarted('p1', 'r1', 6_000)], { recordingId: 'r1', path: 'recordings/r1', startedAt: 6_000 });
  });

  test('[RM30] are refused when the room is over or the study does not record', () => {
    given(...ended)
      .when(start('r1'), 61_000)
      .thenRefused('recording_refused', { reason: 'debate_over' });
    givenRoom(roomDefinition({ settings: { record: false } }), ...running)
      .when(start('r1'), 6_000)
      .thenRefused('recording_refused', { reason: 'not_recorded' });
    given(...running)
      .when(start('r1', 'stranger'), 6_000)
      .thenRefused('forbidden');
  });

  test('[RM31] starting another stops the first; takes count per participant', () => {
    given(...running, open, on(6_500, recordingStarted('p2', 'other', 6_500)))
      .when(start('r2'), 9_000)
      .then([recordingStopped('p1', 'r1', 6_000, 9_000), recordingStarted('p1', 'r2', 9_000, 1)])
      .when(stop('r2'), 9_500)
      .then([recordingStopped('p1', 'r2', 9_000, 9_500)])
      .when(start('r3'), 9_600)
      .then([recordingStarted('p1', 'r3', 9_600, 2)]);
  });

  test('[RM31] giving up the seat before the start stops it, leaving the debate does not', () => {
    const { state } = given(...seated, on(2_000, recordingStarted('p1', 'r1', 2_000)))
      .when(DUE, 31_000)
      .then([
        left('p0', 'never_connected'),
        recordingStopped('p1', 'r1', 2_000, 31_000),
        left('p1', 'never_connected'),
        left('p2', 'never_connected'),
      ]);
    expect(state.recordings.r1?.endedAt).toBe(31_000);
    given(...running, open, on(7_000, dropped('p1', 37_000)))
      .when(DUE, 37_000)
      .then([left('p1')]);
  });

  test('[RM32] stopping tells where and how long, a repeat the same', () => {
    given(...running, open)
      .when(stop('r1'), 9_500)
      .then([recordingStopped('p1', 'r1', 6_000, 9_500)], { path: 'recordings/r1', endedAt: 9_500, durationMs: 3_500 })
      .when(stop('r1'), 10_000)
      .thenNothing({ path: 'recordings/r1', endedAt: 9_500, durationMs: 3_500 });
  });

  test('[RM32] goes on after the end, and after leaving', () => {
    const gone = [open, on(7_000, dropped('p1', 37_000)), on(37_000, left('p1'))];
    const over = on(60_000, { type: 'debate_ended', reason: 'host', endedAt: 60_000 });
    given(...running, ...gone, over)
      .when(stop('r1'), 61_000)
      .then([recordingStopped('p1', 'r1', 6_000, 61_000)]);
  });

  test('[RM32] a clock behind the start makes no negative length', () => {
    given(...running, open)
      .when(stop('r1'), 5_900)
      .then([recordingStopped('p1', 'r1', 6_000, 6_000)]);
  });

  test('[RM32] of others are not found', () => {
    const room = given(...running, open);
    room.when(stop('r1', 'p2'), 9_000).thenRefused('recording_not_found');
    room.when(complete('r1', 'p2'), 9_000).thenRefused('recording_not_found');
    room.when(stop('nothing'), 9_000).thenRefused('recording_not_found');
  });

  test('[RM45] "__proto__" is no recording', () => {
    given(...running)
      .when(stop('__proto__'), 9_000)
      .thenRefused('recording_not_found');
    given(...running)
      .when(stop('constructor', 'constructor'), 9_000)
      .thenRefused('recording_not_found');
  });

  test('[RM33] completing stops what is open and is done once', () => {
    given(...running, open)
      .when(complete('r1'), 9_000)
      .then([recordingStopped('p1', 'r1', 6_000, 9_000), completed('r1')], { recordingId: 'r1', endedAt: 9_000 })
      .when(complete('r1'), 9_500)
      .thenNothing({ recordingId: 'r1', endedAt: 9_000 })
      .when(stop('r1'), 9_600)
      .thenNothing({ path: 'recordings/r1', endedAt: 9_000, durationMs: 3_000 });
  });

  test('[RM33] after the end too', () => {
    given(...running, open, on(7_000, recordingStopped('p1', 'r1', 6_000, 7_000)), ...ended.slice(-1))
      .when(complete('r1'), 90_000)
      .then([completed('r1')], { recordingId: 'r1', endedAt: 7_000 });
  });

  const beganAt = (startedAt: number, capturedAt: number, take = 0): RoomEvent => ({
    ...(recordingStarted('p1', 'r1', startedAt, take) as EventOf<'recording_started'>),
    capturedAt,
  });

  // The countdown began at 2,000 and ended at 5,000.
  test.each([
    ['as it says', 6_000, 5_500],
    ['as it says, though announced long after', 900_000, 5_500],
    ['before the countdown, by as much as clocks may differ', 6_000, -58_000],
    ['when it was announced, if it says longer ago', 6_000, -58_001],
    ['when it was announced, if it says later', 6_000, 6_001],
    ['when it was announced, if its clock is nine hours off', 6_000, 6_000 - 9 * 3_600_000],
    ['when it was announced, if its clock says nothing sensible', 6_000, -1e300],
  ])('[RM47] began %s', (text, at, capturedAt) => {
    const startedAt = text.startsWith('when') ? at : capturedAt;
    given(...running)
      .when(late('r1', capturedAt), at)
      .then([beganAt(startedAt, capturedAt)], { recordingId: 'r1', path: 'recordings/r1', startedAt });
  });

  test.each([
    ['in the debate', 40_000, 40_000],
    ['in the debate by a clock that is hours off', 60_000 - 9 * 3_600_000, 5_000],
    ['hardly after it', 119_999, 119_999],
  ])('[RM47] captured %s are taken after the end, ended with it', (_, capturedAt, startedAt) => {
    const { state } = given(...ended)
      .when(late('r1', capturedAt), 130_000)
      .then([beganAt(startedAt, capturedAt), recordingStopped('p1', 'r1', startedAt, Math.max(startedAt, 60_000))], {
        recordingId: 'r1',
        path: 'recordings/r1',
        startedAt,
      })
      .when(complete('r1'), 140_000)
      .then([completed('r1')]);
    expect(effectsOf([completed('r1')], state, 140_000)).toMatchObject([{ job: 'process_room', notBefore: 140_000 }]);
  });

  test('[RM47] are refused after the end if captured after it, before any debate, or when uploads have timed out', () => {
    const { uploadTimeoutMs } = roomDefinition().content.settings;
    const over = { reason: 'debate_over' } as const;
    given(...ended)
      .when(late('r1', 120_001), 130_000)
      .thenRefused('recording_refused', over)
      .when(late('r1', 40_000), 60_000 + uploadTimeoutMs + 1)
      .thenRefused('recording_refused', { reason: 'uploads_over' });
    const closed = on(60_000, { type: 'debate_ended', reason: 'researcher', endedAt: 60_000 });
    given(...seated, closed)
      .when(late('r1', 40_000), 60_001)
      .thenRefused('recording_refused', over);
    given(...seated, on(60_000, { type: 'room_expired' }))
      .when(late('r1', 40_000), 60_001)
      .thenRefused('recording_refused', over);
  });

  test('[RM47] are taken after the end from whoever was away past it, not from who was removed', () => {
    const gone = [on(7_000, dropped('p1', 37_000)), on(37_000, left('p1')), ...ended.slice(-1)];
    given(...running, ...gone)
      .when(late('r1', 40_000), 130_000)
      .then([beganAt(40_000, 40_000), recordingStopped('p1', 'r1', 40_000, 60_000)]);
    given(...running, on(7_000, { type: 'participant_removed', participantId: 'p1', by: 'p0' }), ...ended.slice(-1))
      .when(late('r1', 6_000), 130_000)
      .thenRefused('forbidden');
  });

  test('[RM47] announced behind a newer one leave it running', () => {
    given(...running, on(20_000, recordingStarted('p1', 'r0', 20_000)))
      .when(late('r1', 8_000), 21_000)
      .then([beganAt(8_000, 8_000, 1), recordingStopped('p1', 'r1', 8_000, 20_000)]);
  });

  test('[RM48] are at most 200 of one participant, and another still records', () => {
    const takes = Array.from({ length: MAX_TAKES }, (_, take) =>
      on(6_000 + take, recordingStarted('p1', `t${take}`, 6_000 + take, take)),
    );
    const room = given(...running, ...takes);
    room.when(start('r1'), 9_000).thenRefused('too_many_takes', { limit: 200 });
    room.when(start('r2', 'p2'), 9_000).then([recordingStarted('p2', 'r2', 9_000)]);
    given(...running, ...takes, ...ended.slice(-1))
      .when(late('r1', 8_000), 61_000)
      .thenRefused('too_many_takes', { limit: 200 });
  });
});
