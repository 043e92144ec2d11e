// What the host may do to others, and who may end the debate.
import { type Refused, refused } from '../protocol/outcome.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { stoppedEventOf } from './decide-recording.ts';
import { accepted, inOrder, type Step } from './decision.ts';
import { cancelCountdown } from './presence-steps.ts';
import { holdsSeat, isOver, isSeated, openRecordingOf, participantOf } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

/** Why `by` may not act as host; undefined when they may. */
const hostRefusalOf = (state: RoomState, by: string): Refused | undefined => {
  const participant = participantOf(state, by);
  if (!participant || !isSeated(participant)) return refused('forbidden');
  return state.hostId === by ? undefined : refused('not_host');
};

const targetOf = (state: RoomState, id: string): ParticipantState | undefined => {
  const target = participantOf(state, id);
  return target && holdsSeat(target) ? target : undefined;
};

export const decideMute = (state: RoomState, { by, participantId }: RoomCommand<'mute'>): Decision<'mute'> => {
  const refusal = hostRefusalOf(state, by);
  if (refusal) return refusal;
  if (isOver(state)) return refused('not_running');
  const target = targetOf(state, participantId);
  if (!target) return refused('participant_not_found');
  return accepted(target.muted ? [] : [{ type: 'participant_muted', participantId, by }], {});
};

export const decideUnmute = (state: RoomState, { by: participantId }: RoomCommand<'unmute'>): Decision<'unmute'> => {
  const participant = participantOf(state, participantId);
  if (!participant || !isSeated(participant)) return refused('forbidden');
  if (isOver(state)) return refused('not_running');
  return accepted(participant.muted ? [{ type: 'participant_unmuted', participantId }] : [], {});
};

export const decideRemove = (
  state: RoomState,
  { by, participantId }: RoomCommand<'remove'>,
  at: number,
): Decision<'remove'> => {
  const refusal = hostRefusalOf(state, by);
  if (refusal) return refusal;
  if (isOver(state)) return refused('not_running');
  // A room whose host throws themself out would be left to chance.
  if (participantId === by) return refused('forbidden');
  if (!targetOf(state, participantId)) return refused('participant_not_found');
  const remove: Step = () => {
    const open = openRecordingOf(state, participantId);
    return [...(open ? [stoppedEventOf(open, at)] : []), { type: 'participant_removed', participantId, by }];
  };
  return accepted(inOrder(state, at, [remove, cancelCountdown('participant_removed')]), {});
};

/** Before the start the researcher closes the room: nobody can join any more, and there is nothing to be processed. */
const closeBeforeStart =
  (endedAt: number): Step =>
  (state) => [
    ...(state.phase === 'countdown' ? [{ type: 'countdown_cancelled', reason: 'room_closed' } as const] : []),
    { type: 'debate_ended', reason: 'researcher', endedAt },
  ];

export const decideEnd = (state: RoomState, { by }: RoomCommand<'end'>, at: number): Decision<'end'> => {
  const isResearcher = by === 'researcher';
  const refusal = isResearcher ? undefined : hostRefusalOf(state, by);
  if (refusal) return refusal;
  if (state.phase === 'running')
    return accepted([{ type: 'debate_ended', reason: isResearcher ? 'researcher' : 'host', endedAt: at }], {
      endedAt: at,
    });
  if (state.phase === 'ended') return accepted([], { endedAt: state.endedAt ?? at });
  if (!isResearcher) return refused('not_running');
  return accepted(state.phase === 'expired' ? [] : inOrder(state, at, [closeBeforeStart(at)]), { endedAt: at });
};
