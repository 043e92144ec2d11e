// Checks the token before a namespace is accepted. Final refusals become connect_error; anything temporary closes the
// transport, because standard clients retry after that and after nothing else.
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import { seatOf } from '../access/participant-auth.ts';
import { ERROR_CODES, type ErrorCode, messageOf, type Refusal } from '../protocol/error-codes.ts';
import type { Language } from '../protocol/languages.ts';
import { decide } from '../room/decide.ts';
import type { Clock } from '../rooms/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';

export interface SocketIdentity {
  readonly roomId: string;
  readonly participantId: string;
  readonly nickname: string;
  readonly seat: number;
  readonly language: Language;
}

interface AuthenticateOptions {
  readonly rooms: Pick<Rooms, 'state'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly verifyToken: (token: string) => Promise<{ roomId: string; participantId: string } | undefined>;
}

/** After the namespace was accepted: final refusals end it, temporary ones close the transport. */
export const turnAway = (socket: Socket, refusal: Refusal): void => {
  if (ERROR_CODES[refusal.code].retryable) socket.conn.close();
  else socket.disconnect();
};

const finalRefusal = (code: ErrorCode, language: Language): Error =>
  Object.assign(new Error(messageOf({ code }, language)), { data: { code, retryable: false } });

const tokenOf = (socket: Socket): string | undefined => {
  const given: unknown = socket.handshake.auth.token ?? socket.handshake.query.token;
  return typeof given === 'string' ? given : undefined;
};

export const identityOf = (socket: Socket): SocketIdentity => socket.data as SocketIdentity;

const authenticate = async (
  socket: Socket,
  { rooms, clock, verifyToken }: AuthenticateOptions,
): Promise<Error | undefined> => {
  const token = tokenOf(socket);
  const found = await seatOf(token, { verifyToken, rooms });
  if (!found.ok) return finalRefusal(found.refusal.code, found.state?.definition.content.language ?? 'en');
  const { claims, participant, state } = found;
  const { language } = state.definition.content;
  // Asked without committing: who may never connect is refused before the connection is accepted.
  const decision = decide(state, { type: 'connect', by: participant.id, bootId: '' }, Math.round(clock.now()));
  if (!decision.ok) return finalRefusal('removed', language);
  const identity: SocketIdentity = {
    roomId: claims.roomId,
    participantId: participant.id,
    nickname: participant.nickname,
    seat: participant.seat,
    language,
  };
  Object.assign(socket.data, identity);
  return undefined;
};

export const requireParticipant = (namespace: Namespace, options: AuthenticateOptions): void => {
  namespace.use((socket, next) => {
    authenticate(socket, options).then(
      (error) => (error ? next(error) : next()),
      (error: unknown) => {
        options.log.warn({ err: error }, 'a connection could not be checked and was closed to come again');
        socket.conn.close();
      },
    );
  });
};
