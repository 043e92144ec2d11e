import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageOf } from './coverage.ts';
import { placeTake } from './place-take.ts';
import type { StoredChunk } from './ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The countdown of 3 s ends at STARTS, the debate lasts ten minutes. */
const STARTS = 1_800_000_000_000;
const ENDS = STARTS + 10 * MINUTE;
const span = { countdownMs: 3_000, startsAt: STARTS, endedAt: ENDS };
const CHUNK_MS = 2_000;

interface Made {
  readonly from: number;
  readonly to: number;
  /** What the client's clock shows beyond the room's. */
  readonly off?: number;
  /** When the chunk that ends at this instant arrives. */
  readonly receivedAt?: (endedAt: number) => number;
  readonly bytes?: number;
  readonly firstIndex?: number;
}

const atOnce = (endedAt: number) => endedAt + 50;

const chunksOf = ({ from, to, off = 0, receivedAt = atOnce, bytes = 12_000, firstIndex = 0 }: Made): StoredChunk[] =>
  Array.from({ length: (to - from) / CHUNK_MS }, (_, position) => {
    const endedAt = from + (position + 1) * CHUNK_MS;
    return {
      index: firstIndex + position,
      digest: '',
      bytes,
      startedAt: endedAt - CHUNK_MS + off,
      endedAt: endedAt + off,
      receivedAt: receivedAt(endedAt),
    };
  });

const placedOf = (startedAt: number, chunks: readonly StoredChunk[], mimeType = 'audio/webm;codecs=opus') =>
  placeTake({ startedAt, mimeType }, chunks, span);

const stampsOf = (chunks: readonly { readonly startedAt: number; readonly endedAt: number }[]) =>
  chunks.map(({ startedAt, endedAt }) => [startedAt, endedAt]);

const coverage = (startedAt: number, chunks: readonly StoredChunk[]) => {
  const recording = { startedAt, endedAt: ENDS, chunkCount: chunks.length };
  return coverageOf([{ recording, chunks: placedOf(startedAt, chunks).chunks }], { from: STARTS, to: ENDS }, ENDS);
};

const days = 24 * HOUR;

describe('[RC11] stamps that are believed as they are', () => {
  test.each([
    ['of a take that went up as it was recorded', STARTS, chunksOf({ from: STARTS, to: ENDS })],
    ['uploaded days later', STARTS, chunksOf({ from: STARTS, to: ENDS, receivedAt: () => ENDS + 6 * days })],
    [
      'captured while offline, announced with the time of capture',
      STARTS + MINUTE,
      chunksOf({ from: STARTS + MINUTE, to: STARTS + 3 * MINUTE, receivedAt: () => ENDS + HOUR }),
    ],
    [
      'captured while offline, announced by an older client only when it was back',
      STARTS + 8 * MINUTE,
      chunksOf({ from: STARTS, to: ENDS, receivedAt: (end) => Math.max(end + 50, STARTS + 8 * MINUTE) }),
    ],
    ['of a recording that runs on past the end', STARTS, chunksOf({ from: STARTS, to: ENDS + 40_000 })],
    ['by a clock that is half a second ahead', STARTS, chunksOf({ from: STARTS, to: ENDS, off: 500 })],
  ])('%s', (_, startedAt, chunks) => {
    const { chunks: placed, clock } = placedOf(startedAt, chunks);
    expect(stampsOf(placed)).toEqual(stampsOf(chunks));
    expect(placed.some((chunk) => chunk.flagged)).toBe(false);
    expect(clock).toBeUndefined();
  });

  test('with a hole, which stays a hole', () => {
    const chunks = [
      ...chunksOf({ from: STARTS, to: STARTS + 4_000 }),
      ...chunksOf({ from: STARTS + 5 * MINUTE, to: STARTS + 5 * MINUTE + 4_000, firstIndex: 2 }),
    ];
    expect(stampsOf(placedOf(STARTS, chunks).chunks)).toEqual(stampsOf(chunks));
  });
});

describe('[RC11] stamps by a wrong clock', () => {
  test.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
    ['nine hours ahead', 9 * HOUR],
    ['nine hours behind', -9 * HOUR],
    ['seven minutes behind', -7 * MINUTE],
    ['seven minutes ahead', 7 * MINUTE],
    ['of 1970', -STARTS],
    ['of 2099', 73 * 365 * days],
  ])('%s: placed by the take’s own start, flagged, nothing missing', (_, off) => {
    const honest = chunksOf({ from: STARTS, to: ENDS });
    const { chunks, clock } = placedOf(STARTS, chunksOf({ from: STARTS, to: ENDS, off }));
    expect(stampsOf(chunks)).toEqual(stampsOf(honest));
    expect(chunks.every((chunk) => chunk.flagged)).toBe(true);
    expect(clock).toEqual({ offsetMs: off, uncertaintyMs: 1_000 });
    expect(coverage(STARTS, chunksOf({ from: STARTS, to: ENDS, off }))).toMatchObject({
      capturedMs: 10 * MINUTE,
      gaps: [],
    });
  });

  test.each([HOUR, -7 * MINUTE])(
    'uploaded days later, %i ms off: the uncertainty says how far it may lie off',
    (off) => {
      const from = STARTS + 6 * MINUTE;
      const made = { from, to: from + 2 * MINUTE, off, receivedAt: () => ENDS + 2 * days };
      const { chunks, clock } = placedOf(from, chunksOf(made));
      if (off > 0) expect(clock).toEqual({ offsetMs: off, uncertaintyMs: 2 * MINUTE });
      expect(chunks[0]?.startedAt).toBe(from);
    },
  );

  test('a hole in it keeps its length', () => {
    const chunks = [
      ...chunksOf({ from: STARTS, to: STARTS + 4_000, off: HOUR }),
      ...chunksOf({ from: STARTS + 10_000, to: STARTS + 14_000, off: HOUR, firstIndex: 2 }),
    ];
    expect(placedOf(STARTS, chunks).chunks.map((chunk) => chunk.startedAt - STARTS)).toEqual([
      0, 2_000, 10_000, 12_000,
    ]);
  });

  test('that was put right in mid-take: what is right stays, what was wrong ends before it', () => {
    const right = chunksOf({ from: STARTS + 4_000, to: STARTS + 8_000, firstIndex: 2 });
    const wrong = chunksOf({ from: STARTS, to: STARTS + 4_000, off: -9 * HOUR });
    const { chunks } = placedOf(STARTS + 500, [...wrong, ...right]);
    expect(chunks.map((chunk) => [chunk.startedAt - STARTS, chunk.flagged])).toEqual([
      [0, true],
      [2_000, true],
      [4_000, false],
      [6_000, false],
    ]);
  });

  test('that went wrong in mid-take: the rest follows on', () => {
    const right = chunksOf({ from: STARTS, to: STARTS + 4_000 });
    const wrong = chunksOf({ from: STARTS + 4_000, to: STARTS + 8_000, off: 9 * HOUR, firstIndex: 2 });
    const { chunks } = placedOf(STARTS, [...right, ...wrong]);
    expect(chunks.map((chunk) => [chunk.startedAt - STARTS, chunk.flagged])).toEqual([
      [0, false],
      [2_000, false],
      [4_000, true],
      [6_000, true],
    ]);
  });

  test('whose first chunks are missing leaves them their time', () => {
    const { chunks } = placedOf(
      STARTS,
      chunksOf({ from: STARTS + 6_000, to: STARTS + 8_000, off: HOUR, firstIndex: 3 }),
    );
    expect(chunks[0]?.startedAt).toBe(STARTS + 6_000);
  });

  test('is never placed later than it arrived', () => {
    const made = { from: STARTS, to: STARTS + 4_000, off: HOUR, receivedAt: () => STARTS + 4_050 };
    expect(placedOf(STARTS + 4_000, chunksOf(made)).chunks.at(-1)?.endedAt).toBe(STARTS + 4_050);
  });
});

describe('[RC11] a chunk whose stamps cannot be', () => {
  const sound = (index: number, fields: Partial<StoredChunk> = {}): StoredChunk => ({
    ...(chunksOf({
      from: STARTS + index * CHUNK_MS,
      to: STARTS + (index + 1) * CHUNK_MS,
      firstIndex: index,
    })[0] as StoredChunk),
    ...fields,
  });

  test('ends before it begins: it is taken for as long as the others, and they stay', () => {
    const chunks = [sound(0), sound(1, { endedAt: STARTS }), sound(2)];
    const { chunks: placed } = placedOf(STARTS, chunks);
    expect(stampsOf(placed)).toEqual(stampsOf([sound(0), sound(1), sound(2)]));
    expect(placed.map((chunk) => chunk.flagged)).toEqual([false, true, false]);
  });

  test.each([
    ['one byte', 1, 'audio/webm', 30_063],
    ['no byte', 0, 'audio/webm', 30_000],
    ['a second of samples', 96_000, 'audio/pcm;format=s16le;rate=48000;channels=1', 42_000],
  ])('%s that claims an hour covers what it can hold, and is flagged', (_, bytes, mimeType, lengthMs) => {
    const chunk = sound(0, { bytes, endedAt: STARTS + HOUR, receivedAt: STARTS + HOUR });
    const [placed] = placeTake({ startedAt: STARTS, mimeType }, [chunk], { ...span, endedAt: STARTS + HOUR }).chunks;
    expect(placed?.flagged).toBe(true);
    expect(Math.round((placed?.endedAt ?? 0) - STARTS)).toBe(lengthMs);
  });
});

test('[RC11] whatever the stamps say, every chunk has a place, in time with the room', () => {
  const stamp = fc.oneof(
    fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
    fc.double({ min: STARTS - HOUR, max: ENDS + HOUR, noNaN: true }),
  );
  const chunk = fc.record({ startedAt: stamp, endedAt: stamp, bytes: fc.nat(100_000), late: fc.nat(3 * days) });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), (made) => {
      const chunks = made.map(({ late, ...fields }, index) => {
        return { ...fields, index, digest: '', receivedAt: STARTS + 1 + late };
      });
      const { chunks: placed, clock } = placedOf(STARTS, chunks);
      expect(placed.map((one) => one.index)).toEqual(chunks.map((one) => one.index));
      for (const one of placed) {
        expect(one.endedAt).toBeGreaterThanOrEqual(one.startedAt);
        expect(one.startedAt).toBeLessThanOrEqual(ENDS + 2 * MINUTE);
      }
      if (placed.some((one, index) => one.startedAt !== chunks[index]?.startedAt)) expect(clock).toBeDefined();
    }),
  );
});

test('[CE1] as many chunks as a take can have, each stamped by another clock, are placed side by side', () => {
  const chunks = Array.from({ length: 100_000 }, (_, index) => {
    const startedAt = STARTS - 1_000 * HOUR + (index % 2) * HOUR;
    return { index, digest: '', bytes: 1, startedAt, endedAt: startedAt + 1, receivedAt: ENDS };
  });
  const placed = placedOf(STARTS, chunks).chunks;
  expect(placed).toHaveLength(chunks.length);
  expect(placed.at(-1)).toMatchObject({ startedAt: STARTS + 99_999, flagged: true });
});
