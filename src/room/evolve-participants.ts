// What the events about one participant change. Throws on an event that no decision could have made: a broken journal.
import { AppError } from '../protocol/app-error.ts';
import { type EventOf, graceUntilOf } from '../protocol/room-events.ts';
import { type Drafts, withEntry } from './drafts.ts';
import { hasStarted, isSeated, participantOf, seatedOf } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

const known = (state: RoomState, id: string): ParticipantState => {
  const participant = participantOf(state, id);
  if (!participant) throw new AppError('internal', `Room ${state.definition.roomId} has no participant ${id}.`);
  return participant;
};

const withParticipant = (state: RoomState, participant: ParticipantState, drafts?: Drafts): RoomState => ({
  ...state,
  participants: withEntry(state.participants, participant.id, participant, drafts),
});

export const evolveJoined = (
  state: RoomState,
  event: EventOf<'participant_joined'>,
  at: number,
  drafts?: Drafts,
): RoomState => {
  const { participantId: id, seat, nickname, externalId, unusableId, joinKey, consent } = event;
  const joined = withParticipant(
    state,
    {
      id,
      seat,
      nickname,
      ...(externalId === undefined ? {} : { externalId }),
      ...(unusableId === undefined ? {} : { unusableId }),
      ...(joinKey === undefined ? {} : { joinKey }),
      consent,
      joinedAt: at,
      standing: 'seated',
      epoch: participantOf(state, id)?.epoch ?? 0,
      graceUntil: graceUntilOf(event, at, state.definition.content.settings),
      muted: false,
    },
    drafts,
  );
  return event.isHost ? { ...joined, hostId: id } : joined;
};

export const evolveConnected = (
  state: RoomState,
  event: EventOf<'participant_connected'>,
  at: number,
  drafts?: Drafts,
): RoomState => {
  const { graceUntil: _, ...participant } = known(state, event.participantId);
  return withParticipant(
    state,
    {
      ...participant,
      standing: 'seated',
      epoch: event.epoch,
      connection: { epoch: event.epoch, bootId: event.bootId },
      presentSince: participant.presentSince ?? at,
    },
    drafts,
  );
};

export const evolveDisconnected = (
  state: RoomState,
  event: EventOf<'participant_disconnected'>,
  drafts?: Drafts,
): RoomState => {
  const { connection: _, ...participant } = known(state, event.participantId);
  return withParticipant(state, { ...participant, graceUntil: event.graceUntil }, drafts);
};

const absent = ({ connection: _, graceUntil: __, presentSince: ___, ...participant }: ParticipantState) => participant;

export const evolveLeft = (state: RoomState, event: EventOf<'participant_left'>, drafts?: Drafts): RoomState => {
  const participant = absent(known(state, event.participantId));
  if (hasStarted(state)) return withParticipant(state, { ...participant, standing: 'left' }, drafts);
  const { hostId, ...next } = withParticipant(state, { ...participant, standing: 'left', seatGivenUp: true }, drafts);
  // In an empty room nobody is host: the next to come is.
  return hostId === undefined || seatedOf(next).length === 0 ? next : { ...next, hostId };
};

export const evolveRemoved = (state: RoomState, event: EventOf<'participant_removed'>, drafts?: Drafts): RoomState =>
  withParticipant(state, { ...absent(known(state, event.participantId)), standing: 'removed' }, drafts);

export const evolveMuted = (state: RoomState, participantId: string, muted: boolean, drafts?: Drafts): RoomState =>
  withParticipant(state, { ...known(state, participantId), muted }, drafts);

export const evolveHost = (state: RoomState, event: EventOf<'host_changed'>): RoomState => {
  if (!isSeated(known(state, event.hostId)))
    throw new AppError('internal', `Room ${state.definition.roomId} cannot have ${event.hostId} as host.`);
  return { ...state, hostId: event.hostId };
};
