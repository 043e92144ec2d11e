// Who has the microphone on and who speaks, for the rooms of this process. Telemetry: gone after a restart.
import type { VoiceStatuses } from '../../rooms/ports.ts';

type Status = { readonly micOn: boolean; readonly speaking: boolean };
const NOBODY: ReadonlyMap<string, Status> = new Map();

export const createMemoryVoiceStatuses = (): VoiceStatuses => {
  const rooms = new Map<string, Map<string, Status>>();
  return {
    of: (roomId) => rooms.get(roomId) ?? NOBODY,
    set(roomId, participantId, status) {
      const room = rooms.get(roomId) ?? new Map<string, Status>();
      rooms.set(roomId, room.set(participantId, status));
    },
    delete(roomId, participantId) {
      const room = rooms.get(roomId);
      if (participantId === undefined || !room) rooms.delete(roomId);
      else if (room.delete(participantId) && room.size === 0) rooms.delete(roomId);
    },
  };
};
