// Connections come and go. Each connection of a participant has an epoch, the newest wins, and only the end of the live one
// counts. Presence stands still once the room is over.
import { refused } from '../protocol/outcome.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { seatAgain } from './decide-joining.ts';
import { accepted, inOrder, type Step } from './decision.ts';
import { graceEndOf } from './grace.ts';
import { cancelCountdown, handOverHost, startCountdownWhenComplete } from './presence-steps.ts';
import { connectedOf, holdsSeat, isOver, participantOf } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

export const decideConnect = (state: RoomState, command: RoomCommand<'connect'>, at: number): Decision<'connect'> => {
  const participant = participantOf(state, command.by);
  if (!participant) return refused('participant_not_found');
  const joined =
    participant.standing === 'left' && !holdsSeat(participant) ? seatAgain(state, participant, at) : undefined;
  if (!joined && !holdsSeat(participant)) return refused('removed');
  if (isOver(state)) return accepted([], { epoch: participant.epoch });

  const epoch = participant.epoch + 1;
  const connect: Step = () => [
    ...(joined ? [joined] : []),
    { type: 'participant_connected', participantId: participant.id, epoch, bootId: command.bootId },
  ];
  return accepted(inOrder(state, at, [connect, handOverHost, startCountdownWhenComplete]), { epoch });
};

const lose = (
  state: RoomState,
  lost: readonly ParticipantState[],
  at: number,
): Decision<'disconnect' | 'lose_connections'> => {
  if (isOver(state) || lost.length === 0) return accepted([], {});
  const graceUntil = graceEndOf(state, at);
  const disconnect: Step = () =>
    lost.map(({ id, epoch }) => ({ type: 'participant_disconnected', participantId: id, epoch, graceUntil }));
  const steps = [disconnect, cancelCountdown('participant_disconnected')];
  return accepted(inOrder(state, at, steps), {});
};

export const decideDisconnect = (
  state: RoomState,
  command: RoomCommand<'disconnect'>,
  at: number,
): Decision<'disconnect'> => {
  const participant = participantOf(state, command.by);
  return lose(state, participant && participant.connection?.epoch === command.epoch ? [participant] : [], at);
};

export const decideLoseConnections = (
  state: RoomState,
  { bootId }: RoomCommand<'lose_connections'>,
  at: number,
): Decision<'lose_connections'> =>
  lose(
    state,
    connectedOf(state).filter((participant) => participant.connection?.bootId === bootId),
    at,
  );
