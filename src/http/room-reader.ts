// Puts together what a researcher sees of one room: its state, its row, its microphones and its uploads.
import type { RoomAnswer } from '../protocol/rest.ts';
import { roomAnswerOf } from '../studies/room-answer.ts';
import type { HttpDeps } from './context.ts';

/** Undefined when there is no such room (any more). */
export type ReadRoom = (roomId: string) => Promise<RoomAnswer | undefined>;

export const createRoomReader =
  ({ rooms, studyRooms, voice, uploadStates }: HttpDeps): ReadRoom =>
  async (roomId) => {
    const state = await rooms.state(roomId);
    if (!state) return undefined;
    const [room, uploads] = await Promise.all([studyRooms.get(roomId), uploadStates(roomId)]);
    return room && roomAnswerOf({ state, room, voices: voice.of(roomId), uploads });
  };
