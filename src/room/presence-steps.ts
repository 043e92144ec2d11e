// The steps with which every decision about who is here ends, in their order: what then happens to the countdown, the host and
// the debate. Their events are part of the same commit; work outside of the room is in effects.ts.
import type { CancelReason } from '../protocol/room-events.ts';
import type { Step } from './decision.ts';
import { connectedOf, hasStarted, isEverySeatConnected, isOver, participantOf, seatedOf } from './room-queries.ts';
import type { ParticipantState } from './state.ts';

/** Whoever is lost in a countdown was needed for it: it began with every seat connected. */
export const cancelCountdown =
  (reason: CancelReason): Step =>
  (state) =>
    state.phase === 'countdown' ? [{ type: 'countdown_cancelled', reason }] : [];

export const startCountdownWhenComplete: Step = (state, at) =>
  state.phase === 'waiting' && isEverySeatConnected(state)
    ? [{ type: 'countdown_started', startsAt: at + state.definition.content.settings.countdownMs }]
    : [];

const longestPresentFirst = (a: ParticipantState, b: ParticipantState): number =>
  (a.presentSince ?? 0) - (b.presentSince ?? 0) || a.seat - b.seat;
const lowestSeatFirst = (a: ParticipantState, b: ParticipantState): number => a.seat - b.seat;

/** A host in its grace period stays host. In a debate with nobody connected the office waits for the first who connects. */
export const handOverHost: Step = (state) => {
  const { hostId } = state;
  if (isOver(state) || hostId === undefined || participantOf(state, hostId)?.standing === 'seated') return [];
  const heir =
    connectedOf(state).sort(longestPresentFirst)[0] ??
    (hasStarted(state) ? undefined : seatedOf(state).sort(lowestSeatFirst)[0]);
  return heir ? [{ type: 'host_changed', hostId: heir.id, previousHostId: hostId }] : [];
};

export const endWhenEveryoneLeft: Step = (state, at) =>
  state.phase === 'running' && seatedOf(state).length === 0
    ? [{ type: 'debate_ended', reason: 'everyone_left', endedAt: at }]
    : [];
