// Between which instants anything of a debate can have been captured, whatever a client's clock says. Stamps are measured against
// what the server itself has seen, never against "now": uploads may come days later.

/** Clocks that follow the room's differ by far less; what is farther off comes from another clock. */
export const STAMP_TOLERANCE_MS = 60_000;

export interface DebateSpan {
  readonly countdownMs: number;
  /** When the countdown ends, or ended; absent while nobody knows. */
  readonly startsAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

export interface CaptureWindow {
  readonly from: number;
  readonly to: number;
}

/** `seenAt`: when the server saw what is judged; `knownSince`: since when it has known that something is being captured. */
export const captureWindowOf = (
  { countdownMs, startsAt, endedAt }: DebateSpan,
  { seenAt, knownSince }: { readonly seenAt: number; readonly knownSince: number },
): CaptureWindow => ({
  // Before the countdown recording is allowed too, and what was announced then began about then.
  from: Math.min(knownSince, startsAt === undefined ? knownSince : startsAt - countdownMs) - STAMP_TOLERANCE_MS,
  to: Math.min(seenAt, endedAt === undefined ? seenAt : endedAt + STAMP_TOLERANCE_MS),
});
