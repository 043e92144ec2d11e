// What a researcher sees of one room, put together from its state, its row, its microphones and its uploads: once, or again and
// again for somebody who watches it.
import type { RoomAnswer, RoomParticipantAnswer } from '../protocol/room-answers.ts';
import { researcherViewOf } from '../room/researcher-view.ts';
import type { Clock } from '../rooms/ports.ts';
import type { VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { StudyRooms } from './study-rooms.ts';

/** Microphones change several times a second, uploads every few seconds: those who watch a room see these a moment later. */
const UPLOADS_EVERY_MS = 1_000;

export interface RoomFrame {
  readonly answer: RoomAnswer;
  /** Set when the uploads are those of an earlier look: how long until the next. */
  readonly lookAgainInMs?: number;
}

export interface OpenView {
  /** Undefined when there is no such room (any more). What only the database knows is asked for once a second at most. */
  read(): Promise<RoomFrame | undefined>;
  /** Calls back whenever something may have changed, until the returned function is called. */
  watch(onChange: () => void): () => void;
}

export interface RoomViews {
  /** Undefined when there is no such room (any more). */
  of(roomId: string): Promise<RoomAnswer | undefined>;
  /** For somebody who looks again and again. */
  open(roomId: string): OpenView;
}

interface RoomViewsOptions {
  readonly rooms: Pick<Rooms, 'state' | 'watch'>;
  readonly studyRooms: Pick<StudyRooms, 'get'>;
  readonly voice: Pick<VoiceStatuses, 'of' | 'watch' | 'filled'>;
  /** How far each participant's uploads are, by participant id. */
  readonly uploadsOf: (roomId: string) => Promise<ReadonlyMap<string, RoomParticipantAnswer['upload']>>;
  /** Wrong PINs that this node was given for the room. */
  readonly wrongPinsOf: (roomId: string) => number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export const createRoomViews = (options: RoomViewsOptions): RoomViews => {
  const { rooms, studyRooms, voice, uploadsOf, wrongPinsOf, clock } = options;

  return {
    async of(roomId) {
      const state = await rooms.state(roomId);
      if (!state) return undefined;
      // Unless somebody watches the room on this node, its microphones are not known here yet.
      const unwatch = voice.watch(roomId);
      try {
        const [room, uploads] = await Promise.all([studyRooms.get(roomId), uploadsOf(roomId), voice.filled(roomId)]);
        return (
          room && researcherViewOf({ state, room, voices: voice.of(roomId), uploads, wrongPins: wrongPinsOf(roomId) })
        );
      } finally {
        unwatch();
      }
    },

    open(roomId) {
      const look = async () => {
        const at = clock.monotonic();
        const [room, uploads] = await Promise.all([studyRooms.get(roomId), uploadsOf(roomId)]);
        return room && { at, room, uploads };
      };
      let known: Awaited<ReturnType<typeof look>>;
      return {
        async read() {
          const state = await rooms.state(roomId);
          const waitMs = known ? known.at + UPLOADS_EVERY_MS - clock.monotonic() : 0;
          if (waitMs <= 0) known = await look();
          if (!state || !known) return undefined;
          const { room, uploads } = known;
          const wrongPins = wrongPinsOf(roomId);
          const answer = researcherViewOf({ state, room, voices: voice.of(roomId), uploads, wrongPins });
          return { answer, ...(waitMs > 0 && { lookAgainInMs: waitMs }) };
        },
        watch(onChange) {
          const endWatches = [rooms.watch(roomId, onChange), voice.watch(roomId)];
          return () => {
            for (const endWatch of endWatches) endWatch();
          };
        },
      };
    },
  };
};
