// The token of one seat in one room: a signed claim without secrets. Whether the seat still exists is checked in
// participant-auth.ts, on every request: a signature says who somebody is, not what that person may still do.
import { jwtVerify, SignJWT } from 'jose';
import { presentedTokenOf } from './presented-token.ts';

const AUDIENCE = 'participant';

export interface ParticipantClaims {
  readonly participantId: string;
  readonly roomId: string;
  /** Epoch ms until which a room that has not started may be entered; uploads go on until the room is erased. */
  readonly sessionUntil: number;
}

export interface ParticipantTokens {
  issueParticipantToken(claims: ParticipantClaims): Promise<string>;
  /** Undefined when the token is not one of ours. Quotes around it are tolerated. */
  verifyParticipantToken(token: string): Promise<ParticipantClaims | undefined>;
}

export const createParticipantTokens = ({ secret }: { readonly secret: string }): ParticipantTokens => {
  const key = new TextEncoder().encode(secret);
  return {
    issueParticipantToken: ({ participantId, roomId, sessionUntil }) =>
      new SignJWT({ room: roomId, session: sessionUntil })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(participantId)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .sign(key),

    async verifyParticipantToken(given) {
      const token = presentedTokenOf(given);
      if (token === undefined) return undefined;
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], audience: AUDIENCE });
        const { sub, room, session } = payload;
        if (typeof sub !== 'string' || typeof room !== 'string' || typeof session !== 'number') return undefined;
        return { participantId: sub, roomId: room, sessionUntil: session };
      } catch {
        // jose throws for every kind of bad token; to the caller they are all the same.
        return undefined;
      }
    },
  };
};
