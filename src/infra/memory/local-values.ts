// Shared values of a process that shares them with nobody: there are no other nodes. Gone after a restart.
import type { SharedValues } from '../../rooms/presence/ports.ts';

export const createLocalValues = <T>(): SharedValues<T> => {
  const rooms = new Map<string, Map<string, T>>();
  return {
    of: (roomId) => rooms.get(roomId) ?? new Map(),
    set(roomId, participantId, value) {
      const room = rooms.get(roomId) ?? new Map<string, T>();
      rooms.set(roomId, room.set(participantId, value));
    },
    delete(roomId, participantId) {
      const room = rooms.get(roomId);
      if (room?.delete(participantId) && room.size === 0) rooms.delete(roomId);
    },
    watch: () => () => {},
    filled: async () => {},
    onChange: () => {},
  };
};
