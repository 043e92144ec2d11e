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
} from '../../test/support/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { RoomCommand } from './commands.ts';

const start = (recordingId: string, by = 'p1'): RoomCommand => ({
  type: 'start_recording',
  by,
  recordingId,
  mimeType: 'audio/webm',
  path: `recordings/${recordingId}`,
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
      .thenRefused('recording_refused', { reason: 'the debate is over' });
    givenRoom(roomDefinition({ settings: { record: false }, language: 'ko' }), ...running)
      .when(start('r1'), 6_000)
      .thenRefused('recording_refused', { reason: '이 연구는 녹음하지 않습니다' });
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
});
