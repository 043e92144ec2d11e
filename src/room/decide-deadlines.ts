// What time alone brings about: the start, seats given up, the time limit, expiry. Asked too early, nothing happens.
import type { RoomEvent } from '../protocol/room-events.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { stoppedEventOf } from './decide-recording.ts';
import { accepted, inOrder, type Step } from './decision.ts';
import { isExpiredAt, timeLimitAtOf } from './next-deadline.ts';
import { endWhenEveryoneLeft, handOverHost, startCountdownWhenComplete } from './presence-steps.ts';
import { hasStarted, isEverySeatConnected, isOver, openRecordingOf, seatedOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

/** Later than this the instant has passed on every screen: better a new countdown than a start that nobody saw. */
const START_WITHIN_MS = 500;

const startWhenDue: Step = (state, at) => {
  const { phase, startsAt } = state;
  if (phase !== 'countdown' || startsAt === undefined || at < startsAt) return [];
  return at <= startsAt + START_WITHIN_MS && isEverySeatConnected(state)
    ? [{ type: 'debate_started', startedAt: startsAt }]
    : [{ type: 'countdown_cancelled', reason: 'missed' }];
};

const leaveWhenGraceIsOver: Step = (state, at) =>
  seatedOf(state)
    .filter(({ connection, graceUntil }) => !connection && graceUntil !== undefined && at >= graceUntil)
    .sort((a, b) => a.seat - b.seat)
    .flatMap(({ id: participantId, presentSince }): RoomEvent[] => {
      // Before the start the seat goes to another, and with it everything that hangs on it. In a debate the recording may
      // still be running on a machine that only lost its network.
      const open = hasStarted(state) ? undefined : openRecordingOf(state, participantId);
      const reason = presentSince === undefined ? 'never_connected' : 'grace_over';
      return [...(open ? [stoppedEventOf(open, at)] : []), { type: 'participant_left', participantId, reason }];
    });

const endAtTimeLimit: Step = (state, at) => {
  const limitAt = timeLimitAtOf(state);
  return state.phase === 'running' && limitAt !== undefined && at >= limitAt
    ? [{ type: 'debate_ended', reason: 'time_limit', endedAt: at }]
    : [];
};

const expireWhenDue: Step = (state, at) =>
  isExpiredAt(state.phase, state.definition.expiresAt, at) ? [{ type: 'room_expired' }] : [];

export const decideDeadlines = (
  state: RoomState,
  _command: RoomCommand<'reach_deadline'>,
  at: number,
): Decision<'reach_deadline'> =>
  accepted(
    isOver(state)
      ? []
      : inOrder(state, at, [
          startWhenDue,
          startCountdownWhenComplete,
          leaveWhenGraceIsOver,
          handOverHost,
          endWhenEveryoneLeft,
          endAtTimeLimit,
          expireWhenDue,
        ]),
    {},
  );
