// What becomes of the rooms on this node, for everything that must react to it: deadlines, presence, sockets, live streams.
// Owns no room and decides nothing. Listeners are called in the order in which they were added.
import type { RoomState } from '../../room/state.ts';
import type { Transition } from './load-room.ts';

export interface RoomListener {
  /** A commit is durable and this node's copy has it. The commits of a room come one after another, each once. */
  committed?(transition: Transition): void;
  /** The room as the journal has it: connections that were sent less get the rest. */
  confirmed?(state: RoomState): void;
  /** Commits that were known here are gone from the journal: whatever was sent of the room holds no longer. */
  takenBack?(roomId: string): Promise<void> | void;
  /** A command failed here and may have been committed all the same. */
  unsettled?(roomId: string): void;
  /** Commits of these rooms by other nodes may have been missed. */
  missed?(roomIds: readonly string[]): void;
  /** The room was erased from the database. */
  erased?(roomId: string): void;
}

export interface RoomFeed extends Required<RoomListener> {
  listen(listener: RoomListener): void;
  /** Resolves when every listener is done. */
  takenBack(roomId: string): Promise<void>;
}

export const createRoomFeed = (): RoomFeed => {
  const listeners: RoomListener[] = [];
  return {
    listen: (listener) => void listeners.push(listener),
    committed(transition) {
      for (const listener of listeners) listener.committed?.(transition);
    },
    confirmed(state) {
      for (const listener of listeners) listener.confirmed?.(state);
    },
    async takenBack(roomId) {
      for (const listener of listeners) await listener.takenBack?.(roomId);
    },
    unsettled(roomId) {
      for (const listener of listeners) listener.unsettled?.(roomId);
    },
    missed(roomIds) {
      for (const listener of listeners) listener.missed?.(roomIds);
    },
    erased(roomId) {
      for (const listener of listeners) listener.erased?.(roomId);
    },
  };
};
