// Who a participant token stands for, checked against the room as it is now: a signature outlives a removal and an erasure.
import { done, type Outcome, type Refused, refused } from '../protocol/outcome.ts';
import { participantOf } from '../room/room-queries.ts';
import type { ParticipantState, RoomState } from '../room/state.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { ParticipantClaims, ParticipantTokens } from './participant-token.ts';

export interface AuthenticatedParticipant {
  readonly claims: ParticipantClaims;
  readonly participant: ParticipantState;
  readonly state: RoomState;
}

interface SeatClaims {
  readonly roomId: string;
  readonly participantId: string;
}

/** `state` of a refusal: the token leads to a room, but to no seat in it. */
type FoundSeat<Claims> =
  | { readonly ok: true; readonly claims: Claims; readonly participant: ParticipantState; readonly state: RoomState }
  | (Refused & { readonly state?: RoomState });

interface SeatSources<Claims> {
  readonly verifyToken: (token: string) => Promise<Claims | undefined>;
  readonly rooms: Pick<Rooms, 'state'>;
}

/** Refused with `unauthorized`, or `room_not_found` (erased). Also finds the seat of somebody who left or was removed. */
export const seatOf = async <Claims extends SeatClaims>(
  token: string | undefined,
  { verifyToken, rooms }: SeatSources<Claims>,
): Promise<FoundSeat<Claims>> => {
  const claims = token === undefined ? undefined : await verifyToken(token);
  if (!claims) return refused('unauthorized');
  const state = await rooms.state(claims.roomId);
  if (!state) return refused('room_not_found');
  const participant = participantOf(state, claims.participantId);
  if (!participant) return { ...refused('unauthorized'), state };
  return { ok: true, claims, participant, state };
};

export interface ParticipantAuth {
  /** Refused with `unauthorized`, `room_not_found` (erased) or `removed`. */
  authenticateParticipant(token: string): Promise<Outcome<AuthenticatedParticipant>>;
}

interface ParticipantAuthOptions {
  readonly tokens: ParticipantTokens;
  readonly rooms: Pick<Rooms, 'state'>;
}

export const createParticipantAuth = ({ tokens, rooms }: ParticipantAuthOptions): ParticipantAuth => ({
  async authenticateParticipant(token) {
    const found = await seatOf(token, { verifyToken: tokens.verifyParticipantToken, rooms });
    if (!found.ok) return refused(found.refusal.code);
    const { claims, participant, state } = found;
    return participant.standing === 'removed' ? refused('removed') : done({ claims, participant, state });
  },
});

/** The session claim ends when the room expires; expiry never ends a debate that has begun, nor hides one that is over. */
export const isSessionOpen = (claims: ParticipantClaims, state: RoomState, now: number): boolean =>
  state.startedAt !== undefined || (state.phase !== 'expired' && now < claims.sessionUntil);
