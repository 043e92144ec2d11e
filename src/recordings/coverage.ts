// How much of a debate one participant's takes cover, as a number, and every hole in it. PURE: placed chunks in, stretches out.
import type { CoverageGap } from '../protocol/recording-answers.ts';
import type { PlacedChunk } from './place-take.ts';
import type { StoredRecording } from './ports.ts';

/** Slices of a recorder do not meet to the millisecond: shorter holes are not losses. */
export const SHORTEST_GAP_MS = 200;

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Take {
  readonly recording: Pick<StoredRecording, 'startedAt' | 'endedAt' | 'chunkCount'>;
  /** Ascending. */
  readonly chunks: readonly PlacedChunk[];
}

export interface Coverage {
  readonly expectedMs: number;
  readonly capturedMs: number;
  readonly gaps: CoverageGap[];
}

const isLong = ({ from, to }: Stretch): boolean => to > from;

/** Ordered, without overlaps, cut to the window. */
const unionWithin = (stretches: readonly Stretch[], window: Stretch): Stretch[] => {
  const union: { from: number; to: number }[] = [];
  const inside = stretches
    .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
    .filter(isLong)
    .sort((a, b) => a.from - b.from);
  for (const stretch of inside) {
    const last = union.at(-1);
    if (last && stretch.from <= last.to) last.to = Math.max(last.to, stretch.to);
    else union.push({ ...stretch });
  }
  return union;
};

const lengthOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { from, to }) => sum + (to - from), 0);

/** Holes between the stretches of a union. */
const holesOf = (union: readonly Stretch[], window: Stretch): Stretch[] => {
  const edges = [window.from, ...union.flatMap(({ from, to }) => [from, to]), window.to];
  const holes: Stretch[] = [];
  for (let index = 0; index + 1 < edges.length; index += 2) {
    holes.push({ from: edges[index] ?? 0, to: edges[index + 1] ?? 0 });
  }
  return holes.filter(isLong);
};

/**
 * Those of `ordered` that lie in each of the windows, cut to it; both in order and without overlaps. Side by side and not each
 * window with all: a take may have as many of both as chunks.
 */
const cutInto = (ordered: readonly Stretch[], windows: readonly Stretch[]): Stretch[][] => {
  let first = 0;
  return windows.map((window) => {
    while ((ordered[first]?.to ?? Number.POSITIVE_INFINITY) <= window.from) first += 1;
    const inside: Stretch[] = [];
    for (let at = first; (ordered[at]?.from ?? Number.POSITIVE_INFINITY) < window.to; at += 1) {
      const { from, to } = ordered[at] as Stretch;
      inside.push({ from: Math.max(from, window.from), to: Math.min(to, window.to) });
    }
    return inside;
  });
};

/** Where chunks that are known to exist, or may still come, belong: before, between and after those that came. */
const missingStretchesOf = ({ recording, chunks }: Take, now: number): Stretch[] => {
  const missing: Stretch[] = [];
  let nextIndex = 0;
  let from = recording.startedAt;
  for (const chunk of chunks) {
    if (chunk.index > nextIndex) missing.push({ from, to: chunk.startedAt });
    nextIndex = chunk.index + 1;
    from = chunk.endedAt;
  }
  // Until completion nobody knows which chunk is the last.
  if (nextIndex < (recording.chunkCount ?? Number.POSITIVE_INFINITY)) {
    missing.push({ from, to: recording.endedAt ?? now });
  }
  return missing.filter(isLong);
};

/** `window`: the stretch that should be on tape; undefined when nothing should be. */
export const coverageOf = (takes: readonly Take[], window: Stretch | undefined, now: number): Coverage => {
  if (!window || !isLong(window)) return { expectedMs: 0, capturedMs: 0, gaps: [] };
  const captured = unionWithin(
    takes.flatMap(({ chunks }) => chunks.map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt }))),
    window,
  );
  const missing = unionWithin(
    takes.flatMap((take) => missingStretchesOf(take, now)),
    window,
  );
  const holes = holesOf(captured, window);
  const lostOf = cutInto(missing, holes);
  const gaps = holes.flatMap((hole, index) => {
    const lost = lostOf[index] ?? [];
    return [
      ...lost.map((stretch) => ({ ...stretch, reason: 'chunk_missing' as const })),
      ...holesOf(lost, hole).map((stretch) => ({ ...stretch, reason: 'not_captured' as const })),
    ].sort((a, b) => a.from - b.from);
  });
  return {
    expectedMs: window.to - window.from,
    capturedMs: lengthOf(captured),
    gaps: gaps.filter(({ from, to }) => to - from > SHORTEST_GAP_MS),
  };
};
