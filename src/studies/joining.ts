// The way into a room: code, PIN, then a seat. Wrong codes and wrong PINs count against an address so that neither can be
// guessed; nothing else does, because a whole class may sit behind one address (docs/adr/0002). Whoever has not got past the PIN
// makes no node load the room.
import { randomUUID } from 'node:crypto';
import { networkOf } from '../access/network-of.ts';
import type { PinGuard } from '../access/pin-guard.ts';
import type { AttemptLimiter } from '../access/ports.ts';
import type { IceServer, JoinAnswer, JoinInfo } from '../protocol/join-answers.ts';
import { done, type Outcome, type Refused, refused } from '../protocol/outcome.ts';
import { givenIdOf } from '../protocol/recruiting-id.ts';
import { isExpiredAt } from '../room/next-deadline.ts';
import type { RoomState } from '../room/state.ts';
import type { Entrance } from '../rooms/ports.ts';
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

interface SeatClaims {
  readonly roomId: string;
  readonly participantId: string;
}

interface JoiningOptions {
  readonly rooms: Pick<Rooms, 'state' | 'handle' | 'entrance'>;
  readonly verifyToken: (token: string) => Promise<SeatClaims | undefined>;
  readonly issueToken: (seat: { roomId: string; participantId: string; sessionUntil: number }) => Promise<string>;
  readonly iceServersOf: (participantId: string, state: RoomState) => IceServer[];
  readonly isSamePin: (given: string, expected: string) => boolean;
  readonly limiter: AttemptLimiter;
  readonly pinGuard: PinGuard;
  readonly now: () => number;
}

export const createJoining = (options: JoiningOptions): Joining => {
  const { rooms, verifyToken, issueToken, iceServersOf, isSamePin, limiter, pinGuard, now } = options;

  const toWait = (retryAfterMs: number): Refused | undefined =>
    retryAfterMs > 0 ? refused('rate_limited', { retryAfterMs }) : undefined;

  /** The answer to a wrong guess; who was right is never made to wait for those behind the same address who were not. */
  const wrong = async (address: string, code: 'room_not_found' | 'wrong_pin'): Promise<Refused> =>
    toWait(await limiter.refused(address)) ?? refused(code);

  /** The participant whose token came along, if it is of this room; any other token is ignored. */
  const knownAs = async (roomId: string, bearer: string | undefined): Promise<string | undefined> => {
    const claims = bearer === undefined ? undefined : await verifyToken(bearer);
    if (claims?.roomId !== roomId) return undefined;
    const state = await rooms.state(roomId);
    return state && Object.hasOwn(state.participants, claims.participantId) ? claims.participantId : undefined;
  };

  const phaseOf = ({ phase, definition }: Entrance) =>
    isExpiredAt(phase, definition.expiresAt, now()) ? 'expired' : phase;

  return {
    async info(code, caller) {
      const address = networkOf(caller.address);
      const entrance = await rooms.entrance(code);
      if (!entrance) return wrong(address, 'room_not_found');
      const { title, language, settings } = entrance.definition.content;
      return done({
        code: entrance.definition.code,
        title,
        language,
        phase: phaseOf(entrance),
        roomSize: settings.roomSize,
        record: settings.record,
        pinRequired: settings.pin !== undefined,
        consent: settings.consent,
      });
    },

    async join({ code, nickname, pin, externalId, joinKey, consent = [] }, caller) {
      const address = networkOf(caller.address);
      const entrance = await rooms.entrance(code);
      if (!entrance) return wrong(address, 'room_not_found');
      const { roomId, expiresAt, content } = entrance.definition;
      const known = await knownAs(roomId, caller.bearer);
      if (known === undefined) {
        const expected = content.settings.pin;
        if (expected !== undefined) {
          const wait = toWait(await pinGuard.admit(roomId, caller.address));
          if (wait) return wait;
          if (!isSamePin(pin ?? '', expected)) {
            pinGuard.wrong(roomId, caller.address);
            return wrong(address, 'wrong_pin');
          }
          pinGuard.right(roomId, caller.address);
        }
      }

      const result = await rooms.handle(roomId, {
        type: 'join',
        participantId: randomUUID(),
        nickname,
        consent,
        ...givenIdOf(externalId),
        ...(joinKey !== undefined && { joinKey }),
        ...(known !== undefined && { knownAs: known }),
      });
      if (!result.ok) return result;
      const { state, answer } = result;
      const participant = state.participants[answer.participantId];
      if (!participant) throw new Error(`room ${roomId} gave a seat to nobody`);
      const { id, seat } = participant;
      return done({
        room: { id: roomId, code: state.definition.code },
        participant: { id, seat, nickname: participant.nickname, isHost: state.hostId === id },
        token: await issueToken({ roomId, participantId: id, sessionUntil: expiresAt }),
        iceServers: iceServersOf(id, state),
        serverTime: now(),
      });
    },
  };
};
