// Who a participant token stands for, checked against the room as it is now: a signature outlives a removal and an erasure.
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { ParticipantState, RoomState } from '../room/state.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { ParticipantClaims, ParticipantTokens } from './participant-token.ts';

export interface AuthenticatedParticipant {
  readonly claims: ParticipantClaims;
  readonly participant: ParticipantState;
  readonly state: RoomState;
}

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
    const claims = await tokens.verifyParticipantToken(token);
    if (!claims) return refused('unauthorized');
    const state = await rooms.state(claims.roomId);
    if (!state) return refused('room_not_found');
    // Ids come from a signed token, yet a plain lookup would find what every object inherits.
    const participant = Object.hasOwn(state.participants, claims.participantId)
      ? state.participants[claims.participantId]
      : undefined;
    if (!participant) return refused('unauthorized');
    if (participant.standing === 'removed') return refused('removed');
    return done({ claims, participant, state });
  },
});

/** The session claim ends when the room expires; expiry never ends a debate that has begun, nor hides one that is over. */
export const isSessionOpen = (claims: ParticipantClaims, state: RoomState, now: number): boolean =>
  state.startedAt !== undefined || (state.phase !== 'expired' && now < claims.sessionUntil);
