// A recording as the API shows it: what came, what is missing, and where it stands.
import type { RecordingAnswer, RecordingStatus } from '../protocol/rest.ts';
import type { RoomState } from '../room/state.ts';
import { contentDigestOf } from './content-digest.ts';
import type { PlacedTake } from './place-take.ts';
import type { StoredChunk, StoredRecording } from './ports.ts';

/** Below the count once it is known, below the highest received before. */
export const missingOf = (
  recording: Pick<StoredRecording, 'chunkCount'>,
  ascending: readonly Pick<StoredChunk, 'index'>[],
) => {
  const received = new Set(ascending.map((chunk) => chunk.index));
  const end = recording.chunkCount ?? (ascending.at(-1)?.index ?? -1) + 1;
  const missing: number[] = [];
  for (let index = 0; index < end; index += 1) if (!received.has(index)) missing.push(index);
  return missing;
};

const statusOf = (recording: StoredRecording, room: RoomState, now: number): RecordingStatus => {
  if (recording.chunkCount !== undefined) return 'complete';
  if (room.endedAt !== undefined && now >= room.endedAt + room.definition.content.settings.uploadTimeoutMs) {
    return 'incomplete';
  }
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
    missing: missingOf(recording, chunks),
    flagged: chunks.filter((chunk) => chunk.flagged).map((chunk) => chunk.index),
    ...(clock && { clock }),
    bytes: recording.bytes ?? chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    ...(chunkCount !== undefined && { chunkCount }),
    ...(digest !== undefined && { digest: contentDigestOf(digest) }),
  };
};
