// The audio of one take as it is sent to the speech service: its chunks from the first to the last before a gap. Whole where the
// service takes it whole, else in pieces that follow each other without a gap, each a file of its own [JB11].
import { createHash } from 'node:crypto';
import { playableChunksOf } from '../recordings/audio.ts';
import { chunkKeyOf } from '../recordings/chunk-key.ts';
import type { PlacedChunk } from '../recordings/place-take.ts';
import { BlobMissing, type BlobStore, type StoredRecording } from '../recordings/ports.ts';
import { type AudioFormat, audioFormatOf, TELLING_BYTES, WAV } from './audio/audio-format.ts';
import { joined, MediaIndivisible, type MediaReader, type MediaUnit, MediaUnreadable } from './audio/media-reader.ts';
import { readerOf } from './audio/reader-of.ts';
import { createWavReader, declaredPcmOf, wavHeadOf } from './audio/wav-reader.ts';
import { ServiceFault } from './service-fault.ts';

/** What OpenAI's endpoint takes at most, and others after its model. */
export const MAX_AUDIO_BYTES = 25 * 1024 * 1024;

export interface Take {
  readonly recording: StoredRecording;
  /** Contiguous from index 0, placed on the room clock. */
  readonly chunks: readonly PlacedChunk[];
}

export interface AudioPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** sha-256 of the bytes, base64. */
  readonly digest: string;
  readonly format: AudioFormat;
  /** Where it begins in the media of the take. */
  readonly fromMs: number;
  /** 0: unknown. */
  readonly durationMs: number;
}

export const takeOf = (recording: StoredRecording, chunks: readonly PlacedChunk[]): Take => ({
  recording,
  chunks: playableChunksOf(recording, chunks),
});

const pieceOf = (bytes: Uint8Array<ArrayBuffer>, format: AudioFormat, fromMs: number, toMs: number): AudioPiece => ({
  bytes,
  digest: createHash('sha256').update(bytes).digest('base64'),
  format,
  fromMs,
  durationMs: Math.max(0, toMs - fromMs),
});

const sizeOf = (units: readonly MediaUnit[]): number => units.reduce((sum, unit) => sum + unit.bytes.byteLength, 0);

/** Fills files up to `maxBytes`; what is left for the next stays in `units`. */
const filled = (units: MediaUnit[], maxBytes: number, isEnd: boolean): MediaUnit[][] => {
  const files: MediaUnit[][] = [];
  let file: MediaUnit[] = [];
  let size = 0;
  for (const unit of units) {
    const bytes = unit.bytes.byteLength;
    const head = unit.head.byteLength;
    if (file.length > 0 && (size + bytes > maxBytes || file[0]?.head !== unit.head)) {
      files.push(file);
      file = [];
    }
    if (file.length === 0) size = head;
    if (head + bytes > maxBytes) throw tooLarge('a single part of the audio is larger than a service takes');
    file.push(unit);
    size += bytes;
  }
  units.length = 0;
  if (isEnd && file.length > 0) files.push(file);
  else units.push(...file);
  return files;
};

const tooLarge = (why: string): ServiceFault =>
  new ServiceFault(
    'audio_too_large',
    `At most ${MAX_AUDIO_BYTES / 1024 / 1024} MB of audio can be transcribed at once, and this audio cannot be cut: ${why}. Its original can be downloaded and transcribed elsewhere.`,
  );

/** What went wrong with the audio, said as a fault of its own track. */
const audioFaultOf = (error: unknown): unknown => {
  if (error instanceof ServiceFault) return error;
  if (error instanceof BlobMissing) {
    return new ServiceFault('audio_missing', 'A file of this recording is not in the storage.', { cause: error });
  }
  if (error instanceof MediaIndivisible) return tooLarge(error.message);
  if (error instanceof MediaUnreadable) {
    return new ServiceFault('audio_unsupported', `The audio is damaged or of an unknown kind: ${error.message}.`);
  }
  return new ServiceFault('audio_unreadable', 'The audio could not be read from the storage.', { cause: error });
};

async function* partsOf({ recording, chunks }: Take, blobs: Pick<BlobStore, 'open'>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk.bytes > 0) yield* blobs.open(chunkKeyOf(recording.path, chunk));
  }
}

const placedMsOf = (chunks: readonly PlacedChunk[]): number =>
  chunks.reduce((sum, chunk) => sum + Math.max(0, chunk.endedAt - chunk.startedAt), 0);

/** The media's own length; that of the placed chunks where it cannot be told. */
const durationOf = (bytes: Uint8Array, reader: MediaReader | undefined, take: Take): number => {
  try {
    const last = [...(reader?.read(bytes) ?? []), ...(reader?.end() ?? [])].at(-1);
    return last?.toMs ?? placedMsOf(take.chunks);
  } catch (error) {
    if (error instanceof MediaUnreadable) return placedMsOf(take.chunks);
    throw error;
  }
};

const joinedOf = async (parts: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return joined(all);
};

async function* readPieces(take: Take, blobs: Pick<BlobStore, 'open'>, maxBytes: number): AsyncGenerator<AudioPiece> {
  const total = take.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  if (total === 0) return;
  const { mimeType } = take.recording;
  const pcm = declaredPcmOf(mimeType);
  const bareHead = pcm && wavHeadOf(pcm);
  if (total + (bareHead?.byteLength ?? 0) <= maxBytes) {
    const bytes = await joinedOf(partsOf(take, blobs));
    const seen = audioFormatOf(bytes, mimeType);
    const isBare = bareHead !== undefined && seen.container === 'unknown';
    const reader = isBare ? createWavReader(bareHead) : readerOf(seen);
    const durationMs = durationOf(bytes, reader, take);
    const whole = isBare ? createWavReader(bareHead).fileOf([{ bytes, fromMs: 0, toMs: 0, head: bareHead }]) : bytes;
    yield pieceOf(whole, isBare ? WAV : seen, 0, durationMs);
    return;
  }
  let reader: MediaReader | undefined;
  let format = WAV;
  const units: MediaUnit[] = [];
  const filesOf = (isEnd: boolean): AudioPiece[] =>
    filled(units, maxBytes, isEnd).map((file) => {
      const bytes = (reader as MediaReader).fileOf(file);
      return pieceOf(bytes, format, file[0]?.fromMs ?? 0, file.at(-1)?.toMs ?? 0);
    });
  let begun: Uint8Array = new Uint8Array();
  try {
    for await (const part of partsOf(take, blobs)) {
      let bytes = part;
      if (!reader) {
        begun = joined([begun, part]);
        if (begun.length < TELLING_BYTES) continue;
        bytes = begun;
        const seen = audioFormatOf(begun, mimeType);
        const isBare = bareHead !== undefined && seen.container === 'unknown';
        format = isBare ? WAV : seen;
        reader = isBare ? createWavReader(bareHead) : readerOf(seen);
        if (!reader) throw tooLarge(`it is no WebM, Ogg, MP4 or WAV file, but ${mimeType.slice(0, 60)}`);
      }
      units.push(...reader.read(bytes));
      yield* filesOf(false);
    }
    units.push(...(reader?.end() ?? []));
  } catch (error) {
    // What is whole before the damage is heard all the same.
    if (!(error instanceof ServiceFault)) yield* filesOf(true);
    throw error;
  }
  yield* filesOf(true);
}

/**
 * In order. None when the take holds no byte. Throws a ServiceFault where the audio ends to be usable; what came before stands.
 */
export async function* piecesOf(
  take: Take,
  blobs: Pick<BlobStore, 'open'>,
  maxBytes = MAX_AUDIO_BYTES,
): AsyncGenerator<AudioPiece> {
  try {
    yield* readPieces(take, blobs, maxBytes);
  } catch (error) {
    throw audioFaultOf(error);
  }
}

/** Two pieces of one, for a service that takes less than others; none when it cannot be cut. */
export const halvesOf = (piece: AudioPiece): readonly AudioPiece[] => {
  const reader = readerOf(piece.format);
  if (!reader) return [];
  try {
    const units = [...reader.read(piece.bytes), ...reader.end()];
    const half = sizeOf(units) / 2;
    let size = 0;
    const cut = units.findIndex((unit) => {
      size += unit.bytes.byteLength;
      return size > half;
    });
    const at = Math.max(1, cut);
    if (units.length < 2) return [];
    return [units.slice(0, at), units.slice(at)].map((part) => {
      const fromMs = piece.fromMs + (part[0]?.fromMs ?? 0);
      return pieceOf(reader.fileOf(part), piece.format, fromMs, piece.fromMs + (part.at(-1)?.toMs ?? 0));
    });
  } catch (error) {
    if (error instanceof MediaUnreadable) return [];
    throw error;
  }
};
