// The original audio of a recording: its chunks one after another, read while they are sent, never whole in memory. While chunks
// are missing it ends before the first missing one.
import { chunkKeyOf } from './chunk-key.ts';
import type { BlobStore, ByteRange, ChunkLedger, StoredChunk, StoredRecording } from './ports.ts';

export interface Audio {
  readonly size: number;
  /** Reads lazily: nothing is opened before the first byte is asked for. */
  open(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** Chunks 0..n-1 of a complete recording; before that those up to the first missing one. */
export const playableChunksOf = <Chunk extends Pick<StoredChunk, 'index'>>(
  recording: Pick<StoredRecording, 'chunkCount'>,
  ascending: readonly Chunk[],
): Chunk[] => {
  const chunks: Chunk[] = [];
  for (const chunk of ascending) {
    if (chunk.index !== chunks.length || chunks.length === recording.chunkCount) break;
    chunks.push(chunk);
  }
  return chunks;
};

interface AudioOptions {
  readonly ledger: Pick<ChunkLedger, 'chunks'>;
  readonly blobs: Pick<BlobStore, 'open'>;
}

export const createAudioOf =
  ({ ledger, blobs }: AudioOptions) =>
  async (recording: StoredRecording): Promise<Audio> => {
    const chunks = playableChunksOf(recording, await ledger.chunks(recording.id));
    const size = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    async function* read({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
      let from = 0;
      for (const chunk of chunks) {
        const next = from + chunk.bytes;
        if (next > start && from <= end && chunk.bytes > 0) {
          const inside = { start: Math.max(0, start - from), end: Math.min(end, next - 1) - from };
          yield* blobs.open(chunkKeyOf(recording.path, chunk), inside);
        }
        from = next;
      }
    }
    return { size, open: (range) => read(range ?? { start: 0, end: size - 1 }) };
  };
