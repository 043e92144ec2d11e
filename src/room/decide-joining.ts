// Who gets a seat. Nothing here depends on connections: a seat is taken first and connected to later.
import { PARTICIPANTS_PER_ROOM } from '../protocol/ceilings.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { refused } from '../protocol/outcome.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { accepted } from './decision.ts';
import { graceEndOf } from './grace.ts';
import { freeSeatOf, hasStarted, holdsSeat, participantOf } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

type Join = RoomCommand<'join'>;

/** By bearer token, then externalId, then joinKey: the first that opens a seat decides. */
const returningOf = (state: RoomState, { knownAs, externalId, joinKey }: Join): ParticipantState | undefined => {
  const everybody = Object.values(state.participants);
  return (
    (knownAs === undefined ? undefined : participantOf(state, knownAs)) ??
    (externalId === undefined ? undefined : everybody.find((one) => one.externalId === externalId)) ??
    (joinKey === undefined ? undefined : everybody.find((one) => one.joinKey === joinKey))
  );
};

/** Why nobody can take a seat here any more. */
const closedCodeOf = (state: RoomState, at: number): ErrorCode | undefined => {
  if (state.phase === 'ended') return 'room_ended';
  if (state.phase === 'expired' || (!hasStarted(state) && at >= state.definition.expiresAt)) return 'room_expired';
  return undefined;
};

type Person = Pick<ParticipantState, 'id' | 'nickname' | 'externalId' | 'unusableId' | 'joinKey' | 'consent'>;

/** In an empty room as its host. */
const takeSeat = (state: RoomState, seat: number, person: Person, at: number): RoomEvent => {
  const { id: participantId, nickname, externalId, unusableId, joinKey, consent } = person;
  return {
    type: 'participant_joined',
    participantId,
    seat,
    nickname,
    isHost: state.hostId === undefined,
    graceUntil: graceEndOf(state, at),
    ...(externalId === undefined ? {} : { externalId }),
    // Once somebody has come with an id, what came before in its place no longer matters.
    ...(unusableId === undefined || externalId !== undefined ? {} : { unusableId }),
    ...(joinKey === undefined ? {} : { joinKey }),
    consent,
  };
};

/** A seat for whoever gave one up before the start: the same participant, the same seat if it is free. */
export const seatAgain = (
  state: RoomState,
  participant: ParticipantState,
  at: number,
  changes: Partial<Person> = {},
): RoomEvent | undefined => {
  const seat = hasStarted(state) ? undefined : freeSeatOf(state, participant.seat);
  return seat === undefined ? undefined : takeSeat(state, seat, { ...participant, ...changes }, at);
};

const seatNewcomer = (state: RoomState, newcomer: Person, at: number): RoomEvent | undefined => {
  const isClosed = hasStarted(state) || Object.keys(state.participants).length >= PARTICIPANTS_PER_ROOM;
  const seat = isClosed ? undefined : freeSeatOf(state);
  return seat === undefined ? undefined : takeSeat(state, seat, newcomer, at);
};

export const decideJoin = (state: RoomState, command: Join, at: number): Decision<'join'> => {
  const returning = returningOf(state, command);
  if (returning?.standing === 'removed') return refused('removed');
  if (returning && holdsSeat(returning)) return accepted([], { participantId: returning.id });

  const closed = closedCodeOf(state, at);
  if (closed) return refused(closed);

  const items = state.definition.content.settings.consent;
  // A front end may offer the same items to all its studies: what this one does not name is nobody's business.
  const given = command.consent.filter((id) => items.some((item) => item.id === id));
  const consent = [...new Set([...(returning?.consent ?? []), ...given])];
  const missing = items.filter((item) => item.required && !consent.includes(item.id)).map((item) => item.id);
  if (missing.length > 0) return refused('consent_required', { missing });

  const { participantId, nickname, externalId, unusableId, joinKey } = command;
  const person = {
    id: returning?.id ?? participantId,
    nickname,
    consent,
    ...(externalId === undefined ? {} : { externalId }),
    ...(unusableId === undefined ? {} : { unusableId }),
    ...(joinKey === undefined ? {} : { joinKey }),
  };
  const joined = returning ? seatAgain(state, returning, at, person) : seatNewcomer(state, person, at);
  return joined ? accepted([joined], { participantId: person.id }) : refused('room_full');
};
