// The way into a room: code, PIN, then a seat. Refused attempts count against an address so that codes and PINs cannot be
// guessed; successful ones never do, because a whole class may sit behind one address.
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { IceServer, JoinAnswer, JoinInfo } from '../protocol/rest.ts';
import type { RoomState } from '../room/state.ts';
import type { Rooms } from '../rooms/rooms.ts';

export interface JoinRequest {
  readonly code: string;
  readonly nickname: string;
  readonly pin?: string | undefined;
  readonly externalId?: string | undefined;
  readonly joinKey?: string | undefined;
  readonly consent?: readonly string[] | undefined;
}

export interface Caller {
  readonly address: string;
  readonly bearer?: string | undefined;
}

export interface Joining {
  /** What the join page shows before anybody has joined. */
  info(code: string, caller: Caller): Promise<Outcome<JoinInfo>>;
  join(request: JoinRequest, caller: Caller): Promise<Outcome<JoinAnswer>>;
}

interface JoiningOptions {
  readonly rooms: Pick<Rooms, 'state' | 'handle' | 'roomIdOfCode'>;
  readonly verifyToken: (token: string) => Promise<{ roomId: string; participantId: string } | undefined>;
  readonly issueToken: (seat: { roomId: string; participantId: string; sessionUntil: number }) => Promise<string>;
  readonly iceServersOf: (participantId: string, state: RoomState) => IceServer[];
  readonly isSamePin: (given: string, expected: string) => boolean;
  readonly limiter: { waitMs(address: string): number; refused(address: string): void };
  readonly now: () => number;
}

/** Nobody guesses by being told that the server is in trouble. */
const NOT_A_GUESS: readonly ErrorCode[] = ['busy', 'unavailable', 'rate_limited'];

export const createJoining = (options: JoiningOptions): Joining => {
  const { rooms, verifyToken, issueToken, iceServersOf, isSamePin, limiter, now } = options;

  const guarded = async <Value>(address: string, attempt: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
    const retryAfterMs = limiter.waitMs(address);
    if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
    const outcome = await attempt();
    if (!outcome.ok && !NOT_A_GUESS.includes(outcome.refusal.code)) limiter.refused(address);
    return outcome;
  };

  const roomOf = async (code: string): Promise<RoomState | undefined> => {
    const roomId = await rooms.roomIdOfCode(code);
    return roomId === undefined ? undefined : rooms.state(roomId);
  };

  /** The participant whose token came along, if it is of this room; any other token is ignored. */
  const knownAs = async (state: RoomState, bearer: string | undefined): Promise<string | undefined> => {
    const claims = bearer === undefined ? undefined : await verifyToken(bearer);
    return claims?.roomId === state.definition.roomId && Object.hasOwn(state.participants, claims.participantId)
      ? claims.participantId
      : undefined;
  };

  const phaseOf = (state: RoomState) =>
    state.phase === 'waiting' && now() >= state.definition.expiresAt ? 'expired' : state.phase;

  return {
    info: (code, { address }) =>
      guarded(address, async () => {
        const state = await roomOf(code);
        if (!state) return refused('room_not_found');
        const { title, language, settings } = state.definition.content;
        return done({
          code: state.definition.code,
          title,
          language,
          phase: phaseOf(state),
          roomSize: settings.roomSize,
          record: settings.record,
          pinRequired: settings.pin !== undefined,
          consent: settings.consent,
        });
      }),

    join: ({ code, nickname, pin, externalId, joinKey, consent = [] }, { address, bearer }) =>
      guarded(address, async () => {
        const before = await roomOf(code);
        if (!before) return refused('room_not_found');
        const { roomId, expiresAt, content } = before.definition;
        const known = await knownAs(before, bearer);
        const expected = content.settings.pin;
        if (expected !== undefined && known === undefined && !isSamePin(pin ?? '', expected))
          return refused('wrong_pin');

        const result = await rooms.handle(roomId, {
          type: 'join',
          participantId: randomUUID(),
          nickname,
          consent,
          ...(externalId !== undefined && { externalId }),
          ...(joinKey !== undefined && { joinKey }),
          ...(known !== undefined && { knownAs: known }),
        });
        if (!result.ok) return result;
        const { state, answer } = result;
        const participant = state.participants[String(answer.participantId)];
        if (!participant) throw new Error(`room ${roomId} gave a seat to nobody`);
        const { id, seat } = participant;
        return done({
          room: { id: roomId, code: state.definition.code },
          participant: { id, seat, nickname: participant.nickname, isHost: state.hostId === id },
          token: await issueToken({ roomId, participantId: id, sessionUntil: expiresAt }),
          iceServers: iceServersOf(id, state),
          serverTime: now(),
        });
      }),
  };
};
