import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it, test } from 'vitest';
import { audioAllowanceOf } from './audio-allowance.ts';
import { createDiskReserve, reserveBytesOf } from './disk-reserve.ts';
import type { StoredRecording } from './ports.ts';
import { createStorageCeilings } from './storage-ceilings.ts';

const GIB = 1024 ** 3;

test.each([
  ['a small disk', 10 * GIB, GIB],
  ['a usual one', 60 * GIB, 3 * GIB],
  ['a large one', 4_000 * GIB, 5 * GIB],
])('[RC13] the reserve of %s', (_, total, reserve) => {
  expect(reserveBytesOf(total)).toBe(reserve);
});

const recording = { id: 'r', roomId: 'room', participantId: 'p', mimeType: 'audio/webm' } as StoredRecording;
const { expectedBytes, mostBytes } = audioAllowanceOf('audio/webm');

const create = ({ freeBytes = 100 * GIB, stored = 0, chunks = 0 }) => {
  const metrics = new Registry();
  const world = { freeBytes, stored, chunks, at: 0 };
  const ceilings = createStorageCeilings({
    ledger: { sumOf: async () => ({ bytes: world.stored, chunks: world.chunks }) },
    rooms: { state: async () => undefined },
    reserve: createDiskReserve({
      space: async () => ({ freeBytes: world.freeBytes, totalBytes: 20 * GIB }),
      monotonic: () => world.at,
    }),
    monotonic: () => world.at,
    metrics,
    log: pino({ level: 'silent' }),
  });
  return { world, ceilings, codeOf: async () => (await ceilings.refusalOf(recording))?.code, metrics };
};

describe('[RC13] room for a chunk', () => {
  it.each([
    ['as long as the reserve is untouched', GIB, 0, undefined],
    ['not when it is', GIB - 1, 0, 'storage_full'],
    ['beyond what a debate can be, while there is plenty of room', 2 * GIB, expectedBytes, undefined],
    ['beyond it not, when there is not', 2 * GIB - 1, expectedBytes, 'storage_full'],
    ['just below it all the same', 2 * GIB - 1, expectedBytes - 1, undefined],
    ['never beyond four times as much', 15 * GIB, mostBytes, 'recording_too_large'],
  ])('%s', async (_, freeBytes, stored, code) => {
    expect(await create({ freeBytes, stored }).codeOf()).toBe(code);
  });

  it('is there again as soon as room has been made', async () => {
    const { world, ceilings, codeOf, metrics } = create({ freeBytes: 0 });
    expect(await codeOf()).toBe('storage_full');
    expect(await ceilings.isFull()).toBe(true);
    expect(await metrics.metrics()).toMatch(
      /trialogue_storage_free_bytes 0\n[\s\S]*trialogue_storage_reserve_bytes 1073741824\n/,
    );
    world.freeBytes = 10 * GIB;
    world.at = 250;
    expect(await codeOf()).toBeUndefined();
  });

  it('counts what has come since the sum was read, and what was kept beyond the allowance', async () => {
    const { ceilings, codeOf, metrics } = create({});
    await codeOf();
    ceilings.added(recording, expectedBytes);
    expect(await codeOf()).toBeUndefined();
    expect(await metrics.metrics()).toContain('trialogue_oversized_chunks_total 1');
    ceilings.added(recording, mostBytes);
    expect(await codeOf()).toBe('recording_too_large');
  });

  it('ends for chunks of one byte too, of which each takes a file', async () => {
    expect(await create({ stored: 100_000, chunks: 100_000 }).codeOf()).toBeUndefined();
    expect(await create({ stored: 1_000_000, chunks: 1_000_000 }).codeOf()).toBe('recording_too_large');
  });

  it('an hour of samples is four times an hour of Opus', () => {
    const pcm = audioAllowanceOf('audio/pcm;format=s16le;rate=48000;channels=1', 50);
    expect(pcm.expectedBytes).toBe(3_600 * 96_000);
    expect(audioAllowanceOf('audio/webm;codecs=opus', 50).expectedBytes).toBe(pcm.expectedBytes / 4);
  });
});
