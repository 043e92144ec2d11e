// Hot rooms of one process. Bounded by bytes: the room that was used longest ago goes first, the journal can rebuild it. Rooms
// with people in them are used several times a second (rooms/heal.ts), so whatever else is looked at does not push them out.
import { getHeapStatistics } from 'node:v8';
import type { StudyContent } from '../../protocol/study.ts';
import type { RoomState } from '../../room/state.ts';
import { growthOf, sizeOf } from '../../room/state-size.ts';
import type { RoomCopies } from '../../rooms/copies/ports.ts';

/** Of what the process may take at all: as much again is in flight when it is busy. */
const HEAP_SHARE = 1 / 4;

interface Kept {
  readonly state: RoomState;
  /** Without the content of the study. */
  readonly bytes: number;
}

export interface LocalCopies extends RoomCopies {
  /** What all of them take, as estimated. */
  bytes(): number;
}

export const createLocalCopies = ({
  maxBytes = getHeapStatistics().heap_size_limit * HEAP_SHARE,
} = {}): LocalCopies => {
  // A Map iterates in insertion order: re-inserting on use makes the first key the least recently used one.
  const rooms = new Map<string, Kept>();
  /** Counted once, however many rooms share it. */
  const contents = new Map<StudyContent, { readonly bytes: number; rooms: number }>();
  let bytes = 0;

  const addContent = (content: StudyContent): void => {
    const known = contents.get(content);
    if (known) {
      known.rooms += 1;
      return;
    }
    const size = sizeOf(content);
    contents.set(content, { bytes: size, rooms: 1 });
    bytes += size;
  };

  const removeContent = (content: StudyContent): void => {
    const known = contents.get(content);
    if (!known) return;
    known.rooms -= 1;
    if (known.rooms > 0) return;
    contents.delete(content);
    bytes -= known.bytes;
  };

  const drop = (roomId: string): void => {
    const known = rooms.get(roomId);
    if (!known) return;
    rooms.delete(roomId);
    bytes -= known.bytes;
    removeContent(known.state.definition.content);
  };

  const bytesOf = ({ definition: _, ...state }: RoomState, known: Kept | undefined): number => {
    if (!known) return sizeOf(state);
    const { definition: __, ...before } = known.state;
    return known.bytes + growthOf(before, state);
  };

  const keep = (roomId: string, kept: Kept): void => {
    const { content } = kept.state.definition;
    // Before the copy before it goes, so that a content of both is not measured again.
    addContent(content);
    drop(roomId);
    rooms.set(roomId, kept);
    bytes += kept.bytes;
    // A room that is larger than all may be together would push out every other one, and then itself.
    if (kept.bytes + (contents.get(content)?.bytes ?? 0) > maxBytes) drop(roomId);
    for (const [oldest] of rooms) {
      if (bytes <= maxBytes) return;
      drop(oldest);
    }
  };

  return {
    async get(roomId) {
      const known = rooms.get(roomId);
      if (known) {
        rooms.delete(roomId);
        rooms.set(roomId, known);
      }
      return known?.state;
    },
    async put(state) {
      const { roomId } = state.definition;
      const known = rooms.get(roomId);
      if (!known || known.state.version < state.version) keep(roomId, { state, bytes: bytesOf(state, known) });
    },
    async delete(roomId) {
      drop(roomId);
    },
    bytes: () => bytes,
  };
};
