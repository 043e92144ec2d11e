// A recording as the API shows it: what came, what is missing, and where it stands.
import type { RecordingAnswer, RecordingStatus } from '../protocol/recording-answers.ts';
import type { RoomState } from '../room/state.ts';
import { contentDigestOf } from './content-digest.ts';
import type { PlacedTake } from './place-take.ts';
import type { StoredChunk, StoredRecording } from './ports.ts';

/** Enough to go on with: one chunk with a high index makes all below it missing. */
const MAX_MISSING_LISTED = 1_000;

/** Below the count once it is known, below the highest received before. */
const missingOf = (
  recording: Pick<StoredRecording, 'chunkCount'>,
  ascending: readonly Pick<StoredChunk, 'index'>[],
): Pick<RecordingAnswer, 'missing' | 'missingCount'> => {
  const end = recording.chunkCount ?? (ascending.at(-1)?.index ?? -1) + 1;
  const missing: number[] = [];
  let next = 0;
  for (const { index } of [...ascending, { index: end }]) {
    for (; next < index && missing.length < MAX_MISSING_LISTED; next += 1) missing.push(next);
    next = index + 1;
  }
  return { missing, missingCount: end - ascending.length };
};

const statusOf = (recording: StoredRecording, room: RoomState, now: number): RecordingStatus => {
  if (recording.chunkCount !== undefined) return 'complete';
  const { content } = room.definition;
  const isTimedOut = room.endedAt !== undefined && now >= room.endedAt + content.settings.uploadTimeoutMs;
  if (isTimedOut || room.participants[recording.participantId]?.standing === 'removed') return 'incomplete';
  const isOver = room.phase === 'ended' || room.phase === 'expired';
  return recording.endedAt === undefined && !isOver ? 'recording' : 'uploading';
};

export const recordingAnswerOf = (
  recording: StoredRecording,
  { placed, room, now }: { readonly placed: PlacedTake; readonly room: RoomState; readonly now: number },
): RecordingAnswer => {
  const { chunks, clock } = placed;
  const { id, roomId, participantId, take, mimeType, path, startedAt, endedAt, chunkCount, digest } = recording;
  return {
    id,
    roomId,
    participantId,
    take,
    mimeType,
    path,
    status: statusOf(recording, room, now),
    startedAt,
    ...(endedAt !== undefined && { endedAt, durationMs: endedAt - startedAt }),
    received: chunks.map((chunk) => chunk.index),
    ...missingOf(recording, chunks),
    flagged: chunks.filter((chunk) => chunk.flagged).map((chunk) => chunk.index),
    ...(clock && { clock }),
    bytes: recording.bytes ?? chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    ...(chunkCount !== undefined && { chunkCount }),
    ...(digest !== undefined && { digest: contentDigestOf(digest) }),
  };
};
