// What the events about one participant change. Throws on an event that no decision could have made: a broken journal.
import { AppError } from '../protocol/app-error.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { hasStarted, isSeated, participantOf, seatedOf } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { readonly type: Type }>;

const known = (state: RoomState, id: string): ParticipantState => {
  const participant = participantOf(state, id);
  if (!participant) throw new AppError('internal', `Room ${state.definition.roomId} has no participant ${id}.`);
  return participant;
};

const withParticipant = (state: RoomState, participant: ParticipantState): RoomState => ({
  ...state,
  participants: { ...state.participants, [participant.id]: participant },
});

export const evolveJoined = (state: RoomState, event: EventOf<'participant_joined'>, at: number): RoomState => {
  const { participantId: id, seat, nickname, externalId, joinKey, consent } = event;
  const joined = withParticipant(state, {
    id,
    seat,
    nickname,
    ...(externalId === undefined ? {} : { externalId }),
    ...(joinKey === undefined ? {} : { joinKey }),
    consent,
    joinedAt: at,
    standing: 'seated',
    epoch: participantOf(state, id)?.epoch ?? 0,
    graceUntil: at + state.definition.content.settings.graceMs,
    muted: false,
  });
  return event.isHost ? { ...joined, hostId: id } : joined;
};

export const evolveConnected = (state: RoomState, event: EventOf<'participant_connected'>, at: number): RoomState => {
  const { graceUntil: _, ...participant } = known(state, event.participantId);
  return withParticipant(state, {
    ...participant,
    standing: 'seated',
    epoch: event.epoch,
    connection: { epoch: event.epoch, bootId: event.bootId },
    presentSince: participant.presentSince ?? at,
  });
};

export const evolveDisconnected = (state: RoomState, event: EventOf<'participant_disconnected'>): RoomState => {
  const { connection: _, ...participant } = known(state, event.participantId);
  return withParticipant(state, { ...participant, graceUntil: event.graceUntil });
};

const absent = ({ connection: _, graceUntil: __, presentSince: ___, ...participant }: ParticipantState) => participant;

export const evolveLeft = (state: RoomState, event: EventOf<'participant_left'>): RoomState => {
  const participant = absent(known(state, event.participantId));
  if (hasStarted(state)) return withParticipant(state, { ...participant, standing: 'left' });
  const { hostId, ...next } = withParticipant(state, { ...participant, standing: 'left', seatGivenUp: true });
  // In an empty room nobody is host: the next to come is.
  return hostId === undefined || seatedOf(next).length === 0 ? next : { ...next, hostId };
};

export const evolveRemoved = (state: RoomState, event: EventOf<'participant_removed'>): RoomState =>
  withParticipant(state, { ...absent(known(state, event.participantId)), standing: 'removed' });

export const evolveMuted = (state: RoomState, participantId: string, muted: boolean): RoomState =>
  withParticipant(state, { ...known(state, participantId), muted });

export const evolveHost = (state: RoomState, event: EventOf<'host_changed'>): RoomState => {
  if (!isSeated(known(state, event.hostId)))
    throw new AppError('internal', `Room ${state.definition.roomId} cannot have ${event.hostId} as host.`);
  return { ...state, hostId: event.hostId };
};
