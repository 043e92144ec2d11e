import { describe, expect, test } from 'vitest';
import { chunkKeyOf } from '../recordings/chunk-key.ts';
import { BlobMissing } from '../recordings/ports.ts';
import { MAX_AUDIO_BYTES, piecesOf, takeOf } from './take-audio.ts';

const RECORDING = { id: 'r', roomId: 'room', participantId: 'p', take: 0, path: 'rooms/r', startedAt: 0 };

const chunkOf = (index: number, bytes: number) => ({
  index,
  digest: Buffer.from([index]).toString('base64'),
  bytes,
  startedAt: index * 1_000,
  endedAt: index * 1_000 + 1_000,
  flagged: false,
});

type Chunk = ReturnType<typeof chunkOf>;

/** Each chunk holds its index, byte for byte, in two parts, unless the audio begins with `begin`. */
const blobsOf = (chunks: readonly Chunk[], begin: string) => ({
  async *open(key: string) {
    const chunk = chunks.find((one) => chunkKeyOf(RECORDING.path, one) === key);
    if (!chunk) throw new BlobMissing(key);
    const bytes = new Uint8Array(chunk.bytes).fill(chunk.index);
    if (chunk.index === 0) bytes.set(Buffer.from(begin, 'latin1').subarray(0, chunk.bytes));
    yield bytes.subarray(0, 1);
    yield bytes.subarray(1);
  },
});

const piecesFrom = async (mimeType: string, chunks: readonly Chunk[], begin = '', stored = chunks) => {
  const pieces = [];
  for await (const piece of piecesOf(takeOf({ ...RECORDING, mimeType }, chunks), blobsOf(stored, begin))) {
    pieces.push(piece);
  }
  return pieces;
};

describe('audio of a take', () => {
  test('is its chunks in order, up to the first that is missing', async () => {
    const [audio, ...more] = await piecesFrom('audio/webm;codecs=opus', [chunkOf(0, 2), chunkOf(1, 3), chunkOf(3, 4)]);
    expect(more).toEqual([]);
    expect(audio).toMatchObject({ fromMs: 0, durationMs: 2_000, format: { ending: 'webm', mimeType: 'audio/webm' } });
    expect([...(audio?.bytes ?? [])]).toEqual([0, 0, 1, 1, 1]);
  });

  describe('[JB25] follows its first bytes', () => {
    test.each([
      ['audio/mp4', '', 'mp4', 'audio/mp4'],
      ['audio/ogg; codecs=opus', '', 'ogg', 'audio/ogg'],
      ['AUDIO/WAV', '', 'wav', 'audio/wav'],
      ['audio/unknown', '', 'webm', 'audio/webm'],
      ['audio/webm', '\0\0\0\x18ftypmp42', 'mp4', 'audio/mp4'],
      ['audio/webm', 'OggS\0\x02', 'ogg', 'audio/ogg'],
      ['application/octet-stream', '\x1a\x45\xdf\xa3', 'webm', 'audio/webm'],
      ['audio/x-m4a', '\0\0\0\x20ftypM4A ', 'mp4', 'audio/mp4'],
      ['audio/wave', 'RIFF\0\0\0\0WAVEfmt ', 'wav', 'audio/wav'],
      ['audio/x-wav', '\x1a\x45\xdf\xa3', 'webm', 'audio/webm'],
      ['audio/ogg', 'ID3\x04', 'mp3', 'audio/mpeg'],
      ['audio/ogg', '\xff\xfb\x90', 'mp3', 'audio/mpeg'],
      ['audio/mp4', 'fLaC', 'flac', 'audio/flac'],
      ['audio/pcm;rate=48000', 'OggS\0\x02', 'ogg', 'audio/ogg'],
    ])('declared %s that begins with %j is sent as %s', async (declared, begin, ending, mimeType) => {
      const [audio] = await piecesFrom(declared, [chunkOf(0, 40)], begin);
      expect(audio?.format).toMatchObject({ ending, mimeType });
    });
  });

  test('raw samples get the header that tells what they are', async () => {
    const [audio] = await piecesFrom('audio/pcm;format=s16le;rate=16000;channels=2', [chunkOf(0, 6_400)]);
    const view = new DataView(audio?.bytes.buffer ?? new ArrayBuffer(0));
    expect(audio).toMatchObject({ durationMs: 100, format: { ending: 'wav', mimeType: 'audio/wav' } });
    expect(new TextDecoder().decode(audio?.bytes.subarray(0, 4))).toBe('RIFF');
    expect([view.getUint32(4, true), view.getUint16(22, true), view.getUint32(24, true)]).toEqual([6_436, 2, 16_000]);
    expect([view.getUint32(28, true), view.getUint16(32, true), view.getUint32(40, true)]).toEqual([64_000, 4, 6_400]);
    expect(audio?.bytes).toHaveLength(6_444);
  });

  test('[JB6] without a byte there is none', async () => {
    expect(await piecesFrom('audio/webm', [])).toEqual([]);
    expect(await piecesFrom('audio/webm', [chunkOf(0, 0)])).toEqual([]);
    expect(await piecesFrom('audio/webm', [chunkOf(1, 5)])).toEqual([]);
  });

  test.each([
    ['channels=70000', 'audio_unsupported'],
    ['rate=9999999999', 'audio_unsupported'],
    ['rate=-5', 'audio_unsupported'],
    ['rate=48000.5', 'audio_unsupported'],
    ['rate=', 'audio_unsupported'],
    ['channels=0', 'audio_unsupported'],
    ['format=f32le', 'audio_unsupported'],
  ])('[JB10] samples that cannot be (%s) are a fault of their take', async (parameter, kind) => {
    await expect(piecesFrom(`audio/pcm;${parameter}`, [chunkOf(0, 8)])).rejects.toMatchObject({ kind });
  });

  test('[JB10] a file that is not there is a fault of its take', async () => {
    const chunks = [chunkOf(0, 8), chunkOf(1, 8)];
    await expect(piecesFrom('audio/webm', chunks, '', chunks.slice(0, 1))).rejects.toMatchObject({
      kind: 'audio_missing',
    });
  });

  test('[JB11] too much of what cannot be cut is refused', async () => {
    const chunks = [chunkOf(0, 40), chunkOf(1, MAX_AUDIO_BYTES)];
    await expect(piecesFrom('audio/mpeg', chunks, 'ID3')).rejects.toMatchObject({ kind: 'audio_too_large' });
  });
});
