// What a client tells of its clock: how far off its own wall clock is, how well it knows, and how long its path is.
import type { SessionBody } from '../../protocol/session-messages.ts';
import type { ClockState } from '../client-state.ts';

/** JSON has no infinity and no NaN: what is not known is null. */
const known = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);

/** @param offsetMs room clock minus wall clock; the room clock minus the monotonic one would say nothing to anybody else */
export const clockReportOf = (
  { rttMs, uncertaintyMs, spreadMs }: ClockState,
  offsetMs: number,
): SessionBody<'clock:report'> => ({
  rttMs: known(rttMs),
  offsetMs: known(offsetMs),
  uncertaintyMs: known(uncertaintyMs),
  ...(spreadMs === undefined ? {} : { spreadMs: known(spreadMs) }),
});
