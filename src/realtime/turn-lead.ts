// How far ahead a page turn is announced: far enough that the slowest participant of the room hears of it in time, near
// enough that nobody waits. Pure.

const MIN_LEAD_MS = 30;
const MAX_LEAD_MS = 300;
/** Assumed for a participant who has not reported a round trip yet. */
const UNKNOWN_RTT_MS = 80;
/** For the client's own work between hearing of a turn and painting it. */
const CLIENT_WORK_MS = 15;

/**
 * @param rttsMs best round trips of the connected participants, on whatever node they are; undefined where none came yet
 * @param commitP95Ms 95th percentile of recent commits: the turn's instant is chosen before it is durable
 */
export const turnLeadOf = (rttsMs: readonly (number | undefined)[], commitP95Ms: number): number => {
  // A whole round trip although one way would do: the report is of the best one, jitter adds to it.
  const slowest = Math.max(0, ...rttsMs.map((rtt) => rtt ?? UNKNOWN_RTT_MS));
  return Math.round(Math.min(MAX_LEAD_MS, Math.max(MIN_LEAD_MS, slowest + commitP95Ms + CLIENT_WORK_MS)));
};
