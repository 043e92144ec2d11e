// Audio beyond what a service takes, cut and put together again: nothing is lost, nothing is twice, each piece begins at zero.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { oggOf, wavOf, webmOf } from '../../../test/support/jobs/long-audio.ts';
import type { PlacedChunk } from '../../recordings/place-take.ts';
import { type AudioPiece, halvesOf, piecesOf, takeOf } from '../take-audio.ts';
import { audioFormatOf } from './audio-format.ts';
import type { MediaUnit } from './media-reader.ts';
import { readerOf } from './reader-of.ts';

const VOICE = new Uint8Array(
  readFileSync(fileURLToPath(new URL('../../../test/fixtures/voices/first.webm', import.meta.url))),
);

const TONE = new Uint8Array(readFileSync(fileURLToPath(new URL('../../../test/fixtures/tone.mp4', import.meta.url))));

const takeFrom = (bytes: Uint8Array, mimeType: string, parts: number) => {
  const size = Math.ceil(bytes.length / parts);
  const slices = Array.from({ length: parts }, (_, index) => bytes.slice(index * size, (index + 1) * size));
  const chunks = slices.map(
    (slice, index): PlacedChunk => ({
      index,
      digest: Buffer.from([index, index >> 8]).toString('base64'),
      bytes: slice.length,
      startedAt: 0,
      endedAt: 0,
      flagged: false,
    }),
  );
  const recording = { id: 'r', roomId: 'room', participantId: 'p', take: 0, path: 'p', startedAt: 0, mimeType };
  const blobs = {
    async *open(key: string) {
      yield slices[Number(/(\d{5})-/.exec(key)?.[1])] ?? new Uint8Array();
    },
  };
  return { take: takeOf(recording, chunks), blobs };
};

const piecesFrom = async (bytes: Uint8Array, mimeType: string, maxBytes: number, parts = 7): Promise<AudioPiece[]> => {
  const { take, blobs } = takeFrom(bytes, mimeType, parts);
  const pieces: AudioPiece[] = [];
  for await (const piece of piecesOf(take, blobs, maxBytes)) pieces.push(piece);
  return pieces;
};

const unitsOf = (bytes: Uint8Array, mimeType: string): MediaUnit[] => {
  const reader = readerOf(audioFormatOf(bytes, mimeType));
  return [...(reader?.read(bytes) ?? []), ...(reader?.end() ?? [])];
};

/** Where a part begins is told exactly, where it ends only by its last frame: these browsers' are 60 ms. */
const FRAME_MS = 61;

/** Of the test's own Ogg: 27 + 6 bytes of head, 1,500 of sound. */
const OGG_PAGE_BYTES = 1_533;

/** What sounds, without times and page numbers. */
const SOUND: Readonly<Record<string, (unit: MediaUnit) => string>> = {
  'audio/webm': (unit) => Buffer.from(unit.bytes.subarray(18)).toString('latin1'),
  'audio/ogg': (unit) =>
    Array.from({ length: unit.bytes.length / OGG_PAGE_BYTES }, (_, index) =>
      Buffer.from(unit.bytes.subarray(index * OGG_PAGE_BYTES + 33, (index + 1) * OGG_PAGE_BYTES)).toString('latin1'),
    ).join(''),
  'audio/mp4': (unit) => Buffer.from(unit.bytes).toString('latin1').split('mdat')[1] ?? '',
  'audio/wav': (unit) => Buffer.from(unit.bytes).toString('latin1'),
};

describe.each([
  ['WebM as Chromium records it', VOICE, 'audio/webm', 8_000, 14_948],
  ['WebM of a hundred seconds', webmOf(VOICE, 100), 'audio/webm', 50_000, 100_000],
  ['MP4 as Chromium records it', TONE, 'audio/mp4', 9_000, 8_217],
  ['Ogg', oggOf(30), 'audio/ogg', 10_000, 30_000],
  ['a WAV file', wavOf(20, 8_000), 'audio/wav', 100_000, 20_000],
])('[JB11] %s', (_, bytes, mimeType, maxBytes, lengthMs) => {
  test('is cut into files that together sound like the whole, each from zero', async () => {
    const pieces = await piecesFrom(bytes, mimeType, maxBytes);
    expect(pieces.length).toBeGreaterThan(2);
    let endMs = 0;
    for (const piece of pieces) {
      expect(piece.bytes.length).toBeLessThanOrEqual(maxBytes);
      expect(Math.abs(piece.fromMs - endMs)).toBeLessThan(FRAME_MS);
      const units = unitsOf(piece.bytes, mimeType);
      expect(units[0]?.fromMs).toBe(0);
      expect(Math.abs((units.at(-1)?.toMs ?? 0) - piece.durationMs)).toBeLessThan(0.01);
      endMs = piece.fromMs + piece.durationMs;
    }
    expect(Math.abs(endMs - lengthMs)).toBeLessThan(FRAME_MS);
    const soundOf = (whole: Uint8Array) =>
      unitsOf(whole, mimeType)
        .map(SOUND[mimeType] ?? String)
        .join('');
    expect(pieces.map((piece) => soundOf(piece.bytes)).join('') === soundOf(bytes)).toBe(true);
  });

  test('is cut the same however it arrives', async () => {
    const [few, many] = [
      await piecesFrom(bytes, mimeType, maxBytes, 2),
      await piecesFrom(bytes, mimeType, maxBytes, 97),
    ];
    expect(many.map((piece) => [piece.digest, piece.fromMs])).toEqual(few.map((piece) => [piece.digest, piece.fromMs]));
  });

  test('is halved for a service that takes less', async () => {
    const [whole] = await piecesFrom(bytes, mimeType, bytes.length);
    if (!whole) throw new Error('no piece');
    const [first, second] = halvesOf(whole);
    expect(first?.fromMs).toBe(0);
    expect(Math.abs((second?.fromMs ?? 0) - (first?.durationMs ?? 0))).toBeLessThan(FRAME_MS);
    expect(Math.abs((first?.durationMs ?? 0) + (second?.durationMs ?? 0) - lengthMs)).toBeLessThan(FRAME_MS);
  });
});

test('[JB11] a recorder that began anew within a take is cut at its second header', async () => {
  const twice = new Uint8Array([...VOICE, ...VOICE]);
  const pieces = await piecesFrom(twice, 'audio/webm', VOICE.length + 5_000);
  expect(pieces).toHaveLength(2);
  expect(pieces[1]?.fromMs).toBe(pieces[0]?.durationMs);
  expect(pieces[1]?.durationMs).toBe(pieces[0]?.durationMs);
});

test('[JB11] what comes before damage is heard, and the damage is told', async () => {
  const damaged = new Uint8Array([...VOICE.slice(0, 30_000), ...new Uint8Array(2_000), ...VOICE.slice(30_000)]);
  const { take, blobs } = takeFrom(damaged, 'audio/webm', 40);
  const pieces: AudioPiece[] = [];
  const reading = async () => {
    for await (const piece of piecesOf(take, blobs, 20_000)) pieces.push(piece);
  };
  await expect(reading()).rejects.toMatchObject({ kind: 'audio_unsupported' });
  const last = pieces.at(-1);
  expect((last?.fromMs ?? 0) + (last?.durationMs ?? 0)).toBeGreaterThan(10_000);
});

test('[JB10] times beyond all numbers are no length that a call could be timed by', async () => {
  const at = VOICE.findIndex((byte, index) => byte === 0xe7 && VOICE[index + 1] === 0x81);
  const timestamp = new Uint8Array([0xe7, 0x40, 0xff, ...new Uint8Array(255).fill(0xff)]);
  const secondCluster = Buffer.from(VOICE).indexOf('1f43b675', at, 'hex');
  const odd = new Uint8Array([...VOICE.subarray(0, at), ...timestamp, ...VOICE.subarray(at + 3, secondCluster)]);
  const [piece] = await piecesFrom(odd, 'audio/webm', odd.length);
  expect(piece?.durationMs).toBe(0);
});
