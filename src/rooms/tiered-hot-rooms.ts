// A copy of this node's own in front of the one that all nodes share. Nobody waits for the shared one to be written: of the
// states that come meanwhile, the last is written next. What is shared spares a node that is new to a room the journal.
import type { RoomState } from '../room/state.ts';
import type { HotRooms } from './ports.ts';

export const createTieredHotRooms = ({ own, shared }: { own: HotRooms; shared: HotRooms }): HotRooms => {
  /** Rooms that are being written to the shared copy, with what comes after. */
  const writing = new Map<string, { next?: RoomState | 'deleted' | undefined }>();

  const write = async (roomId: string, first: RoomState | 'deleted'): Promise<void> => {
    const queue: { next?: RoomState | 'deleted' | undefined } = { next: first };
    writing.set(roomId, queue);
    while (queue.next !== undefined) {
      const { next } = queue;
      queue.next = undefined;
      if (next === 'deleted') await shared.delete(roomId);
      else await shared.put(next);
    }
    writing.delete(roomId);
  };

  const share = (roomId: string, next: RoomState | 'deleted'): void => {
    const queue = writing.get(roomId);
    if (queue) queue.next = next;
    else void write(roomId, next);
  };

  return {
    async get(roomId) {
      const known = await own.get(roomId);
      if (known) return known;
      const state = await shared.get(roomId);
      if (state) await own.put(state);
      return state;
    },
    async put(state) {
      await own.put(state);
      share(state.definition.roomId, state);
    },
    async delete(roomId) {
      await own.delete(roomId);
      share(roomId, 'deleted');
    },
  };
};
