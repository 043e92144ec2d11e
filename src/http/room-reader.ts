// Puts together what a researcher sees of one room: its state, its row, its microphones and its uploads.
import type { RoomAnswer } from '../protocol/rest.ts';
import { roomAnswerOf } from '../studies/room-answer.ts';
import type { HttpDeps } from './context.ts';

/** Microphones change several times a second, uploads every few seconds: those who watch a room see these a moment later. */
const UPLOADS_EVERY_MS = 1_000;

/** Undefined when there is no such room (any more). */
export type ReadRoom = (roomId: string) => Promise<RoomAnswer | undefined>;

export const createRoomReader =
  ({ rooms, studyRooms, voice, recordings, wrongPinsOf }: HttpDeps): ReadRoom =>
  async (roomId) => {
    const state = await rooms.state(roomId);
    if (!state) return undefined;
    // Nobody may be here whose voice this node knows already.
    const unwatch = voice.watch(roomId);
    try {
      const [room, uploads] = await Promise.all([
        studyRooms.get(roomId),
        recordings.uploadsOf(roomId),
        voice.filled(roomId),
      ]);
      return room && roomAnswerOf({ state, room, voices: voice.of(roomId), uploads, wrongPins: wrongPinsOf(roomId) });
    } finally {
      unwatch();
    }
  };

type FrameReaderDeps = Pick<HttpDeps, 'rooms' | 'wrongPinsOf'> & {
  readonly voice: Pick<HttpDeps['voice'], 'of'>;
  readonly studyRooms: Pick<HttpDeps['studyRooms'], 'get'>;
  readonly recordings: Pick<HttpDeps['recordings'], 'uploadsOf'>;
  readonly clock: Pick<HttpDeps['clock'], 'monotonic'>;
};

export interface RoomFrame {
  readonly answer: RoomAnswer;
  /** Set when the uploads are those of an earlier look: how long until the next. */
  readonly lookAgainInMs?: number;
}

/** For somebody who looks again and again: what only the database knows is asked for once in a while. */
export type OpenRoom = (roomId: string) => () => Promise<RoomFrame | undefined>;

export const createFrameReader =
  ({ rooms, studyRooms, voice, recordings, wrongPinsOf, clock }: FrameReaderDeps): OpenRoom =>
  (roomId) => {
    const look = async () => {
      const at = clock.monotonic();
      const [room, uploads] = await Promise.all([studyRooms.get(roomId), recordings.uploadsOf(roomId)]);
      return room && { at, room, uploads };
    };
    let known: Awaited<ReturnType<typeof look>>;
    return async () => {
      const state = await rooms.state(roomId);
      const waitMs = known ? known.at + UPLOADS_EVERY_MS - clock.monotonic() : 0;
      if (waitMs <= 0) known = await look();
      if (!state || !known) return undefined;
      const { room, uploads } = known;
      const wrongPins = wrongPinsOf(roomId);
      const answer = roomAnswerOf({ state, room, voices: voice.of(roomId), uploads, wrongPins });
      return { answer, ...(waitMs > 0 && { lookAgainInMs: waitMs }) };
    };
  };
