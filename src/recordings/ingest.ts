// Takes chunks in. A chunk is acknowledged after its bytes and then its row are durable, in this order: a row never points at
// nothing, and bytes without a row are only waste. Chunks may come in any order, twice, at once, and after the end.
import type { Refusal } from '../protocol/error-codes.ts';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import { MAX_CHUNK_BYTES, MAX_CHUNK_INDEX } from '../protocol/recording-answers.ts';
import { BodyRefused, type CheckedBody, checkedBodyOf } from './checked-body.ts';
import { chunkKeyOf } from './chunk-key.ts';
import { sha256Of } from './content-digest.ts';
import type { BlobStore, ChunkLedger, StoredChunk, StoredRecording } from './ports.ts';
import type { StorageCeilings } from './storage-ceilings.ts';
import type { UploadPace } from './upload-pace.ts';
import type { UploadTurns } from './upload-turns.ts';

/** Headers as they came. */
export interface ChunkHeaders {
  readonly contentDigest?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface ChunkUpload {
  readonly recording: StoredRecording;
  /** As it stands in the path. */
  readonly index: string;
  readonly headers: ChunkHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Of the body, in bytes, where it was announced. */
  readonly length: number | undefined;
  /** Aborted when the sender has hung up. */
  readonly signal?: AbortSignal;
}

interface IngestOptions {
  readonly ledger: ChunkLedger;
  readonly blobs: BlobStore;
  readonly ceilings: StorageCeilings;
  readonly turns: UploadTurns;
  readonly pace: UploadPace;
  readonly now: () => number;
}

/** Decimal digits only: `1e3`, `+1` and `0x1` would be numbers too. */
const indexOf = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= MAX_CHUNK_INDEX ? Number(text) : undefined;

const stampOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,16}(\.\d{1,20})?$/.test(text.trim()) ? Number(text) : undefined;

const invalid = (field: string, message: string) => refused('invalid_request', { issues: [{ path: field, message }] });

/** What the headers announce, before any byte is read. */
type Announced = Omit<StoredChunk, 'bytes' | 'receivedAt'>;

const announcedOf = ({ index: text, headers }: ChunkUpload): Outcome<Announced> => {
  const index = indexOf(text);
  if (index === undefined) return invalid('index', `must be decimal digits, 0 to ${MAX_CHUNK_INDEX}`);
  const digest = sha256Of(headers.contentDigest);
  if (digest === undefined) {
    return refused('digest_mismatch', { expected: 'a header Content-Digest: sha-256=:<base64>:' });
  }
  const startedAt = stampOf(headers.startedAt);
  if (startedAt === undefined) return invalid('Chunk-Started-At', 'must be epoch ms on the room clock');
  const endedAt = stampOf(headers.endedAt);
  if (endedAt === undefined) return invalid('Chunk-Ended-At', 'must be epoch ms on the room clock');
  // Whether they can be right is judged when they are read.
  return done({ index, digest, startedAt, endedAt });
};

export const createIngest = ({ ledger, blobs, ceilings, turns, pace, now }: IngestOptions) => {
  const conflictOf = (index: number): Refusal => ({ code: 'chunk_conflict', details: { index } });

  /** The same chunk again: its bytes are read to their end and checked, so that a wrong repeat is not called right. */
  const drain = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _ of source);
  };

  const store = async (
    { recording }: ChunkUpload,
    announced: Announced,
    body: CheckedBody,
  ): Promise<Outcome<'stored' | 'repeated'>> => {
    const { index, digest } = announced;

    const existing = await ledger.chunk(recording.id, index);
    if (existing && existing.digest !== digest) return { ok: false, refusal: conflictOf(index) };
    if (!existing && recording.chunkCount !== undefined) return refused('recording_complete');
    const key = chunkKeyOf(recording.path, announced);
    // A row alone makes nothing durable: a file that was lost is written again.
    const isThere = existing !== undefined && (await blobs.size(key)) === existing.bytes;
    const refusal = isThere ? undefined : await ceilings.refusalOf(recording);
    if (refusal) return { ok: false, refusal };

    try {
      if (isThere) {
        await drain(body.source);
        return done('repeated');
      }
      await blobs.put(key, body.source);
    } catch (error) {
      if (error instanceof BodyRefused) return { ok: false, refusal: error.refusal };
      throw error;
    }

    const outcome = await ledger.addChunk(recording.id, {
      ...announced,
      bytes: body.bytes(),
      receivedAt: now(),
    });
    if (outcome === 'added') {
      ceilings.added(recording, body.bytes());
      return done('stored');
    }
    if (outcome === 'exists') {
      const winner = await ledger.chunk(recording.id, index);
      if (winner?.digest === digest) return done('repeated');
      await blobs.delete(key);
      return { ok: false, refusal: conflictOf(index) };
    }
    if (outcome === 'gone') {
      // Erased while the bytes were on their way. Only these: who erased it has removed the others, and beside them lie those
      // of people who were not erased.
      await blobs.delete(key);
      return refused('recording_not_found');
    }
    await blobs.delete(key);
    return refused('recording_complete');
  };

  return async (request: ChunkUpload): Promise<Outcome<'stored' | 'repeated'>> => {
    const announced = announcedOf(request);
    if (!announced.ok) return announced;
    const { participantId } = request.recording;
    const inItsTime = async () => {
      const { length } = request;
      await pace.wait(participantId, Math.min(length ?? 0, MAX_CHUNK_BYTES));
      const { digest } = announced.value;
      const body = checkedBodyOf(request.body, { sha256: digest, limit: MAX_CHUNK_BYTES });
      let isRefused = false;
      try {
        const outcome = await store(request, announced.value, body);
        isRefused = !outcome.ok;
        return outcome;
      } finally {
        // What is refused unread comes all the same.
        if (length === undefined) pace.took(participantId, isRefused ? MAX_CHUNK_BYTES : body.bytes());
      }
    };
    return turns.take(participantId, inItsTime, request.signal);
  };
};
