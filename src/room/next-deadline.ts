// When time alone will next change the room. decide-deadlines.ts says how.
import type { RoomPhase } from '../protocol/phases.ts';
import { isOver, seatedOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

const MINUTE_MS = 60_000;

export const timeLimitAtOf = (state: RoomState): number | undefined => {
  const { timeLimitMinutes } = state.definition.content.settings;
  return state.startedAt === undefined || timeLimitMinutes === undefined
    ? undefined
    : state.startedAt + timeLimitMinutes * MINUTE_MS;
};

/** A countdown that has begun is let finish: expiry is of rooms that nobody starts. */
export const isExpiredAt = (phase: RoomPhase, expiresAt: number, at: number): boolean =>
  phase === 'waiting' && at >= expiresAt;

/** Epoch ms on the room clock; undefined when nothing is due ever again. */
export const nextDeadlineOf = (state: RoomState): number | undefined => {
  if (isOver(state)) return undefined;
  const due = seatedOf(state).flatMap(({ connection, graceUntil }) => (connection ? [] : (graceUntil ?? [])));
  if (state.phase === 'waiting') due.push(state.definition.expiresAt);
  if (state.phase === 'countdown' && state.startsAt !== undefined) due.push(state.startsAt);
  const limitAt = timeLimitAtOf(state);
  if (limitAt !== undefined) due.push(limitAt);
  return due.length > 0 ? Math.min(...due) : undefined;
};
