// When each recording begins, ends and is complete. Bytes are none of the room's business. Stopping and completing go on after
// the end: late uploads are welcome.
import type { Language } from '../protocol/error-codes.ts';
import { refused } from '../protocol/outcome.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { Decision } from './commands.ts';
import { accepted, type CommandOf } from './decision.ts';
import { isOver, isSeated, openRecordingOf, ownRecordingOf, participantOf } from './room-queries.ts';
import type { RecordingState, RoomState } from './state.ts';

type StoppedEvent = Extract<RoomEvent, { readonly type: 'recording_stopped' }>;

const REASONS = {
  over: { en: 'the debate is over', ko: '토론이 끝났습니다' },
  notRecorded: { en: 'this study does not record', ko: '이 연구는 녹음하지 않습니다' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

export const stoppedEventOf = (recording: RecordingState, at: number): StoppedEvent => {
  const endedAt = Math.max(at, recording.startedAt);
  return {
    type: 'recording_stopped',
    participantId: recording.participantId,
    recordingId: recording.id,
    path: recording.path,
    endedAt,
    durationMs: endedAt - recording.startedAt,
  };
};

export const decideStartRecording = (state: RoomState, command: CommandOf<'start_recording'>, at: number): Decision => {
  const { by: participantId, recordingId, mimeType, path } = command;
  const participant = participantOf(state, participantId);
  if (!participant || !isSeated(participant)) return refused('forbidden');
  const { language, settings } = state.definition.content;
  if (!settings.record) return refused('recording_refused', { reason: REASONS.notRecorded[language] });
  if (isOver(state)) return refused('recording_refused', { reason: REASONS.over[language] });
  const open = openRecordingOf(state, participantId);
  const take = Object.values(state.recordings).filter((one) => one.participantId === participantId).length;
  const started: RoomEvent = {
    type: 'recording_started',
    participantId,
    recordingId,
    mimeType,
    take,
    path,
    startedAt: at,
  };
  const events = open ? [stoppedEventOf(open, at), started] : [started];
  return accepted(events, { recordingId, path, startedAt: at });
};

export const decideStopRecording = (state: RoomState, command: CommandOf<'stop_recording'>, at: number): Decision => {
  const recording = ownRecordingOf(state, command.by, command.recordingId);
  if (!recording) return refused('recording_not_found');
  const stopped = stoppedEventOf(recording, recording.endedAt ?? at);
  const { path, endedAt, durationMs } = stopped;
  return accepted(recording.endedAt === undefined ? [stopped] : [], { path, endedAt, durationMs });
};

export const decideCompleteRecording = (
  state: RoomState,
  command: CommandOf<'complete_recording'>,
  at: number,
): Decision => {
  const { by: participantId, recordingId, chunkCount, bytes } = command;
  const recording = ownRecordingOf(state, participantId, recordingId);
  if (!recording) return refused('recording_not_found');
  const endedAt = recording.endedAt ?? Math.max(at, recording.startedAt);
  if (recording.complete) return accepted([], { recordingId, endedAt });
  const completed: RoomEvent = { type: 'recording_completed', participantId, recordingId, chunkCount, bytes };
  const events = recording.endedAt === undefined ? [stoppedEventOf(recording, at), completed] : [completed];
  return accepted(events, { recordingId, endedAt });
};
