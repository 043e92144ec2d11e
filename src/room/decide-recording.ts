// When each recording begins, ends and is complete. Bytes are none of the room's business. Stopping and completing go on after
// the end, and so does announcing what was captured before it: late uploads are welcome.
import { refused } from '../protocol/outcome.ts';
import type { RefusalReason } from '../protocol/refusal-reasons.ts';
import type { EventOf, RoomEvent } from '../protocol/room-events.ts';
import { captureWindowOf, STAMP_TOLERANCE_MS } from './capture-window.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { accepted } from './decision.ts';
import { holdsSeat, isOver, isSeated, openRecordingOf, ownRecordingOf, participantOf } from './room-queries.ts';
import type { RecordingState, RoomState } from './state.ts';

export const stoppedEventOf = (recording: RecordingState, at: number): EventOf<'recording_stopped'> => {
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

/** A new microphone or a sleep opens a take; a hundred of them in one debate are a machine gone mad. */
export const MAX_TAKES = 200;

/** Why nothing that was captured at this instant is taken any more; undefined while it is. */
const overReasonOf = (state: RoomState, capturedAt: number | undefined, at: number): RefusalReason | undefined => {
  if (!isOver(state)) return undefined;
  const { startedAt, endedAt } = state;
  const isOfDebate =
    capturedAt !== undefined &&
    startedAt !== undefined &&
    endedAt !== undefined &&
    capturedAt <= endedAt + STAMP_TOLERANCE_MS;
  if (!isOfDebate) return 'debate_over';
  return at > endedAt + state.definition.content.settings.uploadTimeoutMs ? 'uploads_over' : undefined;
};

/** When the take began: as its client says, if that can be; else as the server saw it. */
const beginningOf = (state: RoomState, capturedAt: number | undefined, at: number): number => {
  const { countdownMs } = state.definition.content.settings;
  // Announced after the end, it began in the debate, nobody knows when.
  const seen = isOver(state) ? (state.startedAt ?? at) : at;
  const { from, to } = captureWindowOf({ ...state, countdownMs }, { seenAt: at, knownSince: seen });
  return capturedAt !== undefined && capturedAt >= from && capturedAt <= to ? Math.round(capturedAt) : seen;
};

export const decideStartRecording = (
  state: RoomState,
  command: RoomCommand<'start_recording'>,
  at: number,
): Decision<'start_recording'> => {
  const { by: participantId, recordingId, mimeType, path, capturedAt } = command;
  const participant = participantOf(state, participantId);
  // Whoever was away past the end has still lost nothing but the connection.
  const mayRecord = participant && (isOver(state) ? holdsSeat(participant) : isSeated(participant));
  if (!mayRecord) return refused('forbidden');
  if (!state.definition.content.settings.record) return refused('recording_refused', { reason: 'not_recorded' });
  const reason = overReasonOf(state, capturedAt, at);
  if (reason) return refused('recording_refused', { reason });
  const take = Object.values(state.recordings).filter((one) => one.participantId === participantId).length;
  if (take >= MAX_TAKES) return refused('too_many_takes', { limit: MAX_TAKES });

  const startedAt = beginningOf(state, capturedAt, at);
  const started: RecordingState = { id: recordingId, participantId, take, mimeType, path, startedAt, complete: false };
  const { id: _, complete: __, ...fields } = started;
  const event: RoomEvent = {
    type: 'recording_started',
    recordingId,
    ...fields,
    ...(capturedAt !== undefined && { capturedAt }),
  };
  const open = openRecordingOf(state, participantId);
  // Announced late, it ended before the one that is being recorded now, or with the debate.
  const overtaken = open && open.startedAt > startedAt ? open.startedAt : undefined;
  const endedAt = overtaken ?? state.endedAt;
  const events =
    endedAt !== undefined
      ? [event, stoppedEventOf(started, endedAt)]
      : [...(open ? [stoppedEventOf(open, at)] : []), event];
  return accepted(events, { recordingId, path, startedAt });
};

export const decideStopRecording = (
  state: RoomState,
  command: RoomCommand<'stop_recording'>,
  at: number,
): Decision<'stop_recording'> => {
  const recording = ownRecordingOf(state, command.by, command.recordingId);
  if (!recording) return refused('recording_not_found');
  const stopped = stoppedEventOf(recording, recording.endedAt ?? at);
  const { path, endedAt, durationMs } = stopped;
  return accepted(recording.endedAt === undefined ? [stopped] : [], { path, endedAt, durationMs });
};

export const decideCompleteRecording = (
  state: RoomState,
  command: RoomCommand<'complete_recording'>,
  at: number,
): Decision<'complete_recording'> => {
  const { by: participantId, recordingId, chunkCount, bytes } = command;
  const recording = ownRecordingOf(state, participantId, recordingId);
  if (!recording) return refused('recording_not_found');
  const endedAt = recording.endedAt ?? Math.max(at, recording.startedAt);
  if (recording.complete) return accepted([], { recordingId, endedAt });
  const completed: RoomEvent = { type: 'recording_completed', participantId, recordingId, chunkCount, bytes };
  const events = recording.endedAt === undefined ? [stoppedEventOf(recording, at), completed] : [completed];
  return accepted(events, { recordingId, endedAt });
};
