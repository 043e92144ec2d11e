// The digest of a whole recording. Finding it means reading every chunk, and a participant may ask as often as they like. So the
// recordings of a participant are read one at a time, and a result is remembered until another chunk is added.
import { createHash } from 'node:crypto';
import { chunkKeyOf } from './chunk-key.ts';
import type { BlobStore, StoredChunk, StoredRecording } from './ports.ts';

const MAX_REMEMBERED = 1_000;

export type WholeDigest = (recording: StoredRecording, chunks: readonly StoredChunk[]) => Promise<string>;

export const createWholeDigest = (blobs: Pick<BlobStore, 'open'>): WholeDigest => {
  const remembered = new Map<string, string>();
  /** By participant: ends, however it ends, when the last that was asked for has been read. */
  const reading = new Map<string, Promise<unknown>>();

  const read = async (path: string, chunks: readonly StoredChunk[]): Promise<string> => {
    const hash = createHash('sha256');
    for (const chunk of chunks) {
      for await (const part of blobs.open(chunkKeyOf(path, chunk))) hash.update(part);
    }
    return hash.digest('base64');
  };

  const readOnce = async (key: string, path: string, chunks: readonly StoredChunk[]): Promise<string> => {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const digest = await read(path, chunks);
    remembered.set(key, digest);
    const oldest = remembered.keys().next();
    if (remembered.size > MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
    return digest;
  };

  return ({ id, participantId, path }, chunks) => {
    // A chunk that has been acknowledged never changes.
    const key = `${id} ${chunks.length}`;
    const turn = (reading.get(participantId) ?? Promise.resolve()).then(() => readOnce(key, path, chunks));
    const ended = turn.catch(() => {});
    reading.set(participantId, ended);
    void ended.then(() => reading.get(participantId) === ended && reading.delete(participantId));
    return turn;
  };
};
