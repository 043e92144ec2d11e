// Where the chunks of a take lie on the room clock. Stamps are believed as far as they fit what the server has seen itself; chunks
// stamped by another clock (an hour off, nine hours off) are flagged and placed by the server's times, with how far off that may
// be. No chunk is ever left out. PURE: stamps are stored as the client sent them and judged whenever they are read.
import { captureWindowOf, type DebateSpan, STAMP_TOLERANCE_MS } from '../room/capture-window.ts';
import type { RoomState } from '../room/state.ts';
import { isPcm } from './audio-allowance.ts';
import type { StoredChunk, StoredRecording } from './ports.ts';

export interface PlacedChunk extends Omit<StoredChunk, 'receivedAt'> {
  /** As the client stamped it where that is believed, else as the server places it. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The stamps are implausible. */
  readonly flagged: boolean;
}

export interface PlacedTake {
  /** Ascending. */
  readonly chunks: readonly PlacedChunk[];
  /** Only where the server had to place chunks: by how much their clock was off, and how far off their place may still be. */
  readonly clock?: { readonly offsetMs: number; readonly uncertaintyMs: number };
}

/** Stamps of neighbours may overlap by this much: they come from timers. */
const STAMP_JITTER_MS = 250;
/** A room clock is estimated: it may be this far ahead of the server's. */
const AHEAD_MS = 1_000;
/** The announcement took its time too. */
const LEAST_UNCERTAINTY_MS = 1_000;
/** Silence in Opus takes some 20 bytes a second where packets are left out; a first chunk may be all header. */
const LEAST_BYTES_PER_SECOND = 16;
const LEAST_PCM_BYTES_PER_SECOND = 8_000;
const UNPROVEN_MS = 30_000;

/** What so many bytes can hold at most. */
const longestMsOf = (bytes: number, mimeType: string): number => {
  return UNPROVEN_MS + (bytes * 1_000) / (isPcm(mimeType) ? LEAST_PCM_BYTES_PER_SECOND : LEAST_BYTES_PER_SECOND);
};

interface Measured {
  readonly chunk: StoredChunk;
  /** Of the sound in it: from the stamps where they are possible, else estimated. */
  readonly lengthMs: number;
  readonly isPlausible: boolean;
}

/** Chunks stamped by one clock, which did not jump between them. */
type Run = readonly [Measured, ...Measured[]];

const medianOf = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

const measure = (chunks: readonly StoredChunk[], mimeType: string): Measured[] => {
  const claims = chunks.map((chunk) => chunk.endedAt - chunk.startedAt);
  const usual = medianOf(
    claims.filter((claim, index) => claim >= 0 && claim <= longestMsOf(chunks[index]?.bytes ?? 0, mimeType)),
  );
  return chunks.map((chunk, index) => {
    const claim = claims[index] ?? 0;
    const longest = longestMsOf(chunk.bytes, mimeType);
    const lengthMs = Math.min(claim < 0 ? usual : claim, longest);
    return { chunk, lengthMs, isPlausible: lengthMs === claim };
  });
};

const startOf = (run: Run): number => run[0].chunk.startedAt;
const endOf = (run: Run): number => Math.max(...run.map(({ chunk, lengthMs }) => chunk.startedAt + lengthMs));

const runsOf = (measured: readonly Measured[]): Run[] => {
  const runs: [Measured, ...Measured[]][] = [];
  let nextAt = Number.NaN;
  for (const one of measured) {
    const gap = one.chunk.startedAt - nextAt;
    if (gap >= -STAMP_JITTER_MS && gap <= STAMP_TOLERANCE_MS) runs.at(-1)?.push(one);
    else runs.push([one]);
    nextAt = one.chunk.startedAt + one.lengthMs;
  }
  return runs;
};

const isBelieved = (run: Run, recording: Pick<StoredRecording, 'startedAt'>, span: DebateSpan): boolean => {
  const fits = run.every(({ chunk, lengthMs }) => {
    const seen = { seenAt: chunk.receivedAt + AHEAD_MS, knownSince: recording.startedAt };
    const { from, to } = captureWindowOf(span, seen);
    return chunk.startedAt >= from && chunk.startedAt + lengthMs <= to;
  });
  if (!fits || startOf(run) >= recording.startedAt - STAMP_TOLERANCE_MS) return fits;
  // Captured long before it was announced: offline then, or by a clock that is behind. Only a clock that is right can have a
  // chunk arrive as soon as it says that it ended.
  return run.some(({ chunk }) => chunk.receivedAt - chunk.endedAt < STAMP_TOLERANCE_MS);
};

/** Which runs are believed; of two that contradict each other the first. */
const verdictsOf = (
  runs: readonly Run[],
  recording: Pick<StoredRecording, 'startedAt'>,
  span: DebateSpan,
): boolean[] => {
  let believedUpTo = Number.NEGATIVE_INFINITY;
  return runs.map((run) => {
    const believed = startOf(run) >= believedUpTo - STAMP_JITTER_MS && isBelieved(run, recording, span);
    if (believed) believedUpTo = endOf(run);
    return believed;
  });
};

/** How much later the run may end at most, when it is moved by `shift`. */
const roomAfter = (run: Run, shift: number, endedAt: number): number =>
  Math.min(
    ...run.map(({ chunk, lengthMs }) => Math.min(chunk.receivedAt, endedAt) - (chunk.startedAt + lengthMs + shift)),
  );

export const placeTake = (
  recording: Pick<StoredRecording, 'startedAt' | 'mimeType'>,
  chunks: readonly StoredChunk[],
  span: DebateSpan,
): PlacedTake => {
  const runs = runsOf(measure(chunks, recording.mimeType));
  const verdicts = verdictsOf(runs, recording, span);
  const endedAt = span.endedAt ?? Number.POSITIVE_INFINITY;
  const placed: PlacedChunk[] = [];
  let clock: PlacedTake['clock'];
  let nextAt = recording.startedAt;

  /** From where the take had come; its first run as far before the next stamps that are believed as it is long. */
  const shiftOf = (run: Run): number => {
    let from = nextAt;
    if (run === runs[0]) {
      const missingMs = run[0].chunk.index * medianOf(run.map(({ lengthMs }) => lengthMs));
      const next = runs.find((_, position) => verdicts[position]);
      const latest = next ? startOf(next) - (endOf(run) - startOf(run)) : Number.POSITIVE_INFINITY;
      from = Math.min(nextAt + missingMs, latest);
    }
    const shift = from - startOf(run);
    return shift + Math.min(0, roomAfter(run, shift, endedAt + STAMP_TOLERANCE_MS));
  };

  for (const [position, run] of runs.entries()) {
    const shift = verdicts[position] ? 0 : shiftOf(run);
    for (const { chunk, lengthMs, isPlausible } of run) {
      const { receivedAt: _, ...kept } = chunk;
      const startedAt = chunk.startedAt + shift;
      const flagged = !isPlausible || verdicts[position] === false;
      placed.push({ ...kept, startedAt, endedAt: startedAt + lengthMs, flagged });
    }
    nextAt = endOf(run) + shift;
    if (verdicts[position]) continue;
    const uncertaintyMs = Math.max(LEAST_UNCERTAINTY_MS, Math.round(roomAfter(run, shift, endedAt)));
    clock = {
      offsetMs: clock?.offsetMs ?? Math.round(-shift),
      uncertaintyMs: Math.max(uncertaintyMs, clock?.uncertaintyMs ?? 0),
    };
  }
  return { chunks: placed, ...(clock && { clock }) };
};

export const debateSpanOf = ({ startsAt, endedAt, definition }: RoomState): DebateSpan => ({
  countdownMs: definition.content.settings.countdownMs,
  startsAt,
  endedAt,
});
