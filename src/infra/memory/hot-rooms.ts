// Hot rooms of one process. Bounded: the room that was used longest ago goes first, the journal can rebuild it.
import type { RoomState } from '../../room/state.ts';
import type { HotRooms } from '../../rooms/ports.ts';

export const createMemoryHotRooms = ({ capacity = 5_000 } = {}): HotRooms => {
  // A Map iterates in insertion order: re-inserting on use makes the first key the least recently used one.
  const rooms = new Map<string, RoomState>();

  const touch = (roomId: string, state: RoomState): void => {
    rooms.delete(roomId);
    rooms.set(roomId, state);
    if (rooms.size > capacity) {
      const oldest = rooms.keys().next();
      if (!oldest.done) rooms.delete(oldest.value);
    }
  };

  return {
    async get(roomId) {
      const state = rooms.get(roomId);
      if (state) touch(roomId, state);
      return state;
    },
    async put(state) {
      const roomId = state.definition.roomId;
      const known = rooms.get(roomId);
      if (!known || known.version < state.version) touch(roomId, state);
    },
    async delete(roomId) {
      rooms.delete(roomId);
    },
  };
};
