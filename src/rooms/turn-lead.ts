// How far ahead a page turn is announced: far enough that the slowest participant of the room receives it in time, near enough
// that nobody waits.
import { connectedOf } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import type { Journal } from './ports.ts';
import type { RoundTrips } from './presence/ports.ts';

const MIN_LEAD_MS = 30;
const MAX_LEAD_MS = 600;
/** Assumed for a participant whose path has not been measured yet. */
const UNKNOWN_MS = 100;
/** For what a client does when it hears of a turn: on a slow machine it draws the room anew before the page is due. */
const CLIENT_WORK_MS = 40;
/** Assumed of a client that does not tell how its round trips spread. */
const ASSUMED_SPREAD = 0.25;
/** What is published to other nodes is rounded up, so that noise is not published. */
const STEP_MS = 5;

/**
 * How long a round trip takes when the path is slow: the quickest one and its usual spread.
 * A whole round trip although one way would do: how much of it is the way here, nobody can measure.
 */
export const slowRoundTripOf = (report: {
  readonly rttMs: number | null;
  readonly spreadMs?: number | null | undefined;
}): number | undefined => {
  if (report.rttMs === null) return undefined;
  const rttMs = Math.max(0, report.rttMs);
  const spreadMs = Math.max(0, report.spreadMs ?? rttMs * ASSUMED_SPREAD);
  return Math.ceil((rttMs + spreadMs) / STEP_MS) * STEP_MS;
};

/**
 * @param roundTripsMs slow round trips of the connected participants, on whatever node they are; undefined where none is known
 * @param commitP95Ms 95th percentile of recent commits: the turn's instant is chosen before it is durable
 */
export const turnLeadOf = (roundTripsMs: readonly (number | undefined)[], commitP95Ms: number): number => {
  const slowest = Math.max(0, ...roundTripsMs.map((ms) => ms ?? UNKNOWN_MS));
  return Math.round(Math.min(MAX_LEAD_MS, Math.max(MIN_LEAD_MS, slowest + commitP95Ms + CLIENT_WORK_MS)));
};

interface TurnLeadOptions {
  readonly roundTrips: Pick<RoundTrips, 'of'>;
  readonly journal: Pick<Journal, 'commitP95Ms'>;
}

/** For the room as it is now, ms. Whoever has left may have left a round trip behind: only who is connected counts. */
export const createTurnLead =
  ({ roundTrips, journal }: TurnLeadOptions) =>
  (state: RoomState): number => {
    const known = roundTrips.of(state.definition.roomId);
    return turnLeadOf(
      connectedOf(state).map(({ id }) => known.get(id)),
      journal.commitP95Ms(),
    );
  };
