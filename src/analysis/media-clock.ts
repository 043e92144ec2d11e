// Where a position in a take's media lies on the room clock. Media time runs on without the stretches in which the recorder was
// paused, so each chunk's own stamps place its part; one straight line from the take's start serves where stamps are not believed.

export interface StampedChunk {
  /** Epoch ms on the room clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The stamps are implausible. */
  readonly flagged: boolean;
}

/** Position in the media, ms, to the room clock, epoch ms. */
export type MediaClock = (mediaMs: number) => number;

/** Stamps of neighbours may overlap by this much: they come from timers. */
const STAMP_JITTER_MS = 250;

const areBelievable = (chunks: readonly StampedChunk[]): boolean =>
  chunks.every((chunk, index) => {
    const previous = chunks[index - 1];
    return (
      !chunk.flagged &&
      chunk.endedAt >= chunk.startedAt &&
      (previous === undefined || chunk.startedAt >= previous.endedAt - STAMP_JITTER_MS)
    );
  });

/** `chunks`: the contiguous ones from index 0, in order. */
export const mediaClockOf = (takeStartedAt: number, chunks: readonly StampedChunk[]): MediaClock => {
  const first = chunks[0];
  if (first === undefined || !areBelievable(chunks)) {
    const origin = first === undefined || first.flagged ? takeStartedAt : first.startedAt;
    return (mediaMs) => origin + mediaMs;
  }
  let mediaFrom = 0;
  const pieces = chunks.map((chunk) => {
    const piece = { mediaFrom, roomFrom: chunk.startedAt };
    mediaFrom += chunk.endedAt - chunk.startedAt;
    return piece;
  });
  return (mediaMs) => {
    const piece = pieces.findLast((one) => one.mediaFrom <= mediaMs) ?? { mediaFrom: 0, roomFrom: first.startedAt };
    return piece.roomFrom + (mediaMs - piece.mediaFrom);
  };
};
