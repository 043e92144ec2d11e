// Where a position in a take's media lies on the room clock. Media time runs on without the stretches in which the recorder was
// paused, so each chunk places its own part. What stamps are worth has been judged before (recordings/place-take.ts).

export interface PlacedPiece {
  /** Epoch ms on the room clock. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Position in the media, ms, to the room clock, epoch ms. */
export type MediaClock = (mediaMs: number) => number;

/** `chunks`: the contiguous ones from index 0, in order. */
export const mediaClockOf = (takeStartedAt: number, chunks: readonly PlacedPiece[]): MediaClock => {
  const [first] = chunks;
  if (first === undefined) return (mediaMs) => takeStartedAt + mediaMs;
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
