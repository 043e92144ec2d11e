// The audio of one take as it is sent to the speech service: its chunks from the first to the last before a gap, one after another.
import { createHash } from 'node:crypto';
import { playableChunksOf } from '../recordings/audio.ts';
import { chunkKeyOf } from '../recordings/chunk-key.ts';
import type { PlacedChunk } from '../recordings/place-take.ts';
import type { BlobStore, StoredRecording } from '../recordings/ports.ts';
import { ServiceFault } from './service-fault.ts';

/** What OpenAI's endpoint takes at most, and others after its model. */
export const MAX_AUDIO_BYTES = 25 * 1024 * 1024;

const WAV_HEADER_BYTES = 44;

export interface Take {
  readonly recording: StoredRecording;
  /** Contiguous from index 0, placed on the room clock. */
  readonly chunks: readonly PlacedChunk[];
}

export interface TakeAudio {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** sha-256 of the bytes, base64. */
  readonly digest: string;
  readonly fileName: string;
  readonly mimeType: string;
  readonly durationMs: number;
}

const ENDINGS: Readonly<Record<string, string>> = {
  'audio/webm': 'webm',
  'audio/ogg': 'ogg',
  'audio/mp4': 'mp4',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'video/webm': 'webm',
  'video/mp4': 'mp4',
};

export const takeOf = (recording: StoredRecording, chunks: readonly PlacedChunk[]): Take => ({
  recording,
  chunks: playableChunksOf(recording, chunks),
});

/** Raw samples have no header of their own: `audio/pcm;format=s16le;rate=48000;channels=1`. */
const pcmOf = (mimeType: string): { rate: number; channels: number } | undefined => {
  const [type, ...parameters] = mimeType.toLowerCase().split(';');
  if (type?.trim() !== 'audio/pcm') return undefined;
  const named = new Map(parameters.map((one) => one.trim().split('=', 2) as [string, string | undefined]));
  const numberOf = (name: string, fallback: number) => Number.parseInt(named.get(name) ?? '', 10) || fallback;
  return { rate: numberOf('rate', 48_000), channels: numberOf('channels', 1) };
};

const wavHeaderOf = (dataBytes: number, { rate, channels }: { rate: number; channels: number }): Buffer => {
  const bytesPerFrame = 2 * channels;
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'ascii');
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'ascii');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * bytesPerFrame, 28);
  header.writeUInt16LE(bytesPerFrame, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'ascii');
  header.writeUInt32LE(dataBytes, 40);
  return header;
};

/** Undefined when the take holds no byte. Refuses with `audio_too_large` before anything is read. */
export const readTakeAudio = async (
  { recording, chunks }: Take,
  blobs: Pick<BlobStore, 'open'>,
): Promise<TakeAudio | undefined> => {
  const dataBytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  if (dataBytes === 0) return undefined;
  if (dataBytes + WAV_HEADER_BYTES > MAX_AUDIO_BYTES) {
    const megabytes = (dataBytes / 1024 / 1024).toFixed(1);
    throw new ServiceFault(
      'audio_too_large',
      `Recording ${recording.id} has ${megabytes} MB; at most ${MAX_AUDIO_BYTES / 1024 / 1024} MB of audio can be transcribed. Its original can be downloaded and transcribed elsewhere.`,
    );
  }
  const pcm = pcmOf(recording.mimeType);
  const parts: Uint8Array[] = pcm ? [wavHeaderOf(dataBytes, pcm)] : [];
  for (const chunk of chunks) {
    if (chunk.bytes === 0) continue;
    for await (const part of blobs.open(chunkKeyOf(recording.path, chunk))) parts.push(part);
  }
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  const mimeType = pcm ? 'audio/wav' : (recording.mimeType.split(';')[0] ?? '').trim().toLowerCase();
  return {
    bytes,
    digest: createHash('sha256').update(bytes).digest('base64'),
    fileName: `audio.${ENDINGS[mimeType] ?? 'webm'}`,
    mimeType,
    durationMs: chunks.reduce((sum, chunk) => sum + Math.max(0, chunk.endedAt - chunk.startedAt), 0),
  };
};
