import { describe, expect, test } from 'vitest';
import { chunkKeyOf } from '../recordings/chunk-key.ts';
import { MAX_AUDIO_BYTES, readTakeAudio, takeOf } from './take-audio.ts';

const RECORDING = { id: 'r', roomId: 'room', participantId: 'p', take: 0, path: 'rooms/r', startedAt: 0 };

const chunkOf = (index: number, bytes: number) => ({
  index,
  digest: Buffer.from([index]).toString('base64'),
  bytes,
  startedAt: index * 1_000,
  endedAt: index * 1_000 + 1_000,
  flagged: false,
});

/** Each chunk holds its index, byte for byte, in two parts. */
const blobsOf = (chunks: readonly ReturnType<typeof chunkOf>[]) => ({
  async *open(key: string) {
    const chunk = chunks.find((one) => chunkKeyOf(RECORDING.path, one) === key);
    if (!chunk) throw new Error(`nothing under ${key}`);
    const bytes = new Uint8Array(chunk.bytes).fill(chunk.index);
    yield bytes.subarray(0, 1);
    yield bytes.subarray(1);
  },
});

const audioOf = (mimeType: string, chunks: readonly ReturnType<typeof chunkOf>[]) =>
  readTakeAudio(takeOf({ ...RECORDING, mimeType }, chunks), blobsOf(chunks));

describe('audio of a take', () => {
  test('is its chunks in order, up to the first that is missing', async () => {
    const audio = await audioOf('audio/webm;codecs=opus', [chunkOf(0, 2), chunkOf(1, 3), chunkOf(3, 4)]);
    expect(audio).toMatchObject({ fileName: 'audio.webm', mimeType: 'audio/webm', durationMs: 2_000 });
    expect([...(audio?.bytes ?? [])]).toEqual([0, 0, 1, 1, 1]);
  });

  test.each([
    ['audio/mp4', 'audio.mp4'],
    ['audio/ogg; codecs=opus', 'audio.ogg'],
    ['AUDIO/WAV', 'audio.wav'],
    ['audio/unknown', 'audio.webm'],
  ])('%s is sent as %s', async (mimeType, fileName) => {
    expect((await audioOf(mimeType, [chunkOf(0, 1)]))?.fileName).toBe(fileName);
  });

  test('raw samples get the header that tells what they are', async () => {
    const audio = await audioOf('audio/pcm;format=s16le;rate=16000;channels=2', [chunkOf(0, 8)]);
    const view = new DataView(audio?.bytes.buffer ?? new ArrayBuffer(0));
    expect(audio).toMatchObject({ fileName: 'audio.wav', mimeType: 'audio/wav' });
    expect(new TextDecoder().decode(audio?.bytes.subarray(0, 4))).toBe('RIFF');
    expect([view.getUint32(4, true), view.getUint16(22, true), view.getUint32(24, true)]).toEqual([44, 2, 16_000]);
    expect([view.getUint32(28, true), view.getUint16(32, true), view.getUint32(40, true)]).toEqual([64_000, 4, 8]);
    expect(audio?.bytes).toHaveLength(52);
  });

  test('[JB6] without a byte there is none', async () => {
    expect(await audioOf('audio/webm', [])).toBeUndefined();
    expect(await audioOf('audio/webm', [chunkOf(0, 0)])).toBeUndefined();
    expect(await audioOf('audio/webm', [chunkOf(1, 5)])).toBeUndefined();
  });

  test('[JB11] too much of it is refused before a byte is read', async () => {
    const chunks = [chunkOf(0, MAX_AUDIO_BYTES)];
    const unread = { open: () => expect.unreachable('opened') };
    const take = takeOf({ ...RECORDING, mimeType: 'audio/webm' }, chunks);
    await expect(readTakeAudio(take, unread)).rejects.toMatchObject({ kind: 'audio_too_large' });
  });
});
