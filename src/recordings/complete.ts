// Completing a recording: once all chunks are there it is closed, its digest is stored, and the room gets its command. Every step
// can be repeated: a client that never received the answer asks again and gets the same one.
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { chunkKeyOf } from './chunk-key.ts';
import { sha256Of } from './content-digest.ts';
import type { BlobStore, ChunkLedger, StoredChunk, StoredRecording } from './ports.ts';
import type { UploadTurns } from './upload-turns.ts';
import { createWholeDigest } from './whole-digest.ts';

/** Enough for a client to go on with; the rest comes with the next try. */
const MAX_MISSING_LISTED = 1_000;

export interface CompletionRequest {
  readonly recording: StoredRecording;
  readonly chunkCount: number;
  /** `sha-256=:base64:` of the whole file. */
  readonly digest?: string;
}

interface CompleteOptions {
  readonly ledger: ChunkLedger;
  readonly blobs: BlobStore;
  readonly rooms: Pick<Rooms, 'handle'>;
  readonly turns: UploadTurns;
  readonly now: () => number;
}

/** Gives the recording as it is once complete. */
export const createComplete = ({ ledger, blobs, rooms, turns, now }: CompleteOptions) => {
  /** Rows whose file is lost, or shorter than it was: their owner sends them again. */
  const lostOf = async (path: string, chunks: readonly StoredChunk[]): Promise<number[]> => {
    const lost: number[] = [];
    for (const chunk of chunks) {
      if ((await blobs.size(chunkKeyOf(path, chunk))) !== chunk.bytes) lost.push(chunk.index);
      if (lost.length === MAX_MISSING_LISTED) break;
    }
    return lost;
  };

  const digestOfAll = createWholeDigest(blobs);

  /** Repeated with each request: if a crash came between the row and the journal, the client's repeat makes it good. */
  const tellRoom = async (recording: StoredRecording): Promise<Outcome<StoredRecording>> => {
    const result = await rooms.handle(recording.roomId, {
      type: 'complete_recording',
      by: recording.participantId,
      recordingId: recording.id,
      chunkCount: recording.chunkCount ?? 0,
      bytes: recording.bytes ?? 0,
    });
    if (!result.ok) return result;
    // Completing stops a recording that was still open.
    const endedAt = result.state.recordings[recording.id]?.endedAt;
    return done({ ...recording, ...(endedAt !== undefined && { endedAt }) });
  };

  const again = async (recording: StoredRecording, chunkCount: number, digest: string | undefined) => {
    if (recording.chunkCount !== chunkCount) {
      return refused('recording_complete', { chunkCount: recording.chunkCount });
    }
    if (digest !== undefined && digest !== recording.digest) {
      return refused('digest_mismatch', { expected: digest, actual: recording.digest });
    }
    return tellRoom(recording);
  };

  const attempt = async (
    recording: StoredRecording,
    chunkCount: number,
    digest: string | undefined,
  ): Promise<Outcome<StoredRecording>> => {
    if (recording.chunkCount !== undefined) return again(recording, chunkCount, digest);

    const chunks = await ledger.chunks(recording.id);
    const highestReceived = chunks.at(-1)?.index ?? -1;
    if (highestReceived >= chunkCount) {
      // An acknowledged chunk is never left out: a client that counts fewer has lost track.
      const message = `must be at least ${highestReceived + 1}: chunk ${highestReceived} has been received`;
      return refused('invalid_request', { issues: [{ path: 'chunkCount', message }], highestReceived });
    }
    if (chunks.length < chunkCount) {
      const received = new Set(chunks.map((chunk) => chunk.index));
      const missing: number[] = [];
      for (let index = 0; index < chunkCount && missing.length < MAX_MISSING_LISTED; index += 1) {
        if (!received.has(index)) missing.push(index);
      }
      return refused('chunks_missing', { missing });
    }

    const lost = await lostOf(recording.path, chunks);
    if (lost.length > 0) return refused('chunks_missing', { missing: lost });
    const actual = await digestOfAll(recording, chunks);
    if (digest !== undefined && digest !== actual) {
      return refused('digest_mismatch', { expected: digest, actual });
    }
    const outcome = {
      chunkCount,
      digest: actual,
      bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
      completedAt: now(),
    };
    if (await ledger.complete(recording.id, outcome)) return tellRoom({ ...recording, ...outcome });
    // Another completion was first, or a chunk beyond the count: answer as it would be answered now.
    const latest = await ledger.recording(recording.id);
    return latest ? attempt(latest, chunkCount, digest) : refused('recording_not_found');
  };

  return async ({ recording, chunkCount, digest: field }: CompletionRequest): Promise<Outcome<StoredRecording>> => {
    const digest = sha256Of(field);
    if (field !== undefined && digest === undefined) {
      return refused('digest_mismatch', { expected: 'sha-256=:<base64>:' });
    }
    // It reads everything once more: as costly as an upload.
    return turns.take(recording.participantId, () => attempt(recording, chunkCount, digest));
  };
};
