// Keeps this node's copies of the rooms that somebody is connected to or watches here in step with what other nodes commit.
// What they publish is a hint that may be late, doubled or lost: catch-up.ts compares it with the copy. When a subscription begins
// or begins again, what was published before may be missing, and is looked up in the journal.
import type { CommitBus, PublishedCommit } from './ports.ts';

export interface FollowRooms {
  /** From now on until the returned function is called; counted per room. */
  follow(roomId: string): () => void;
  /** That somebody follows. */
  rooms(): string[];
  close(): void;
}

interface FollowRoomsOptions {
  readonly bus: CommitBus;
  readonly onCommit: (roomId: string, commit: PublishedCommit) => void;
  /** Commits of these rooms may have been missed. */
  readonly onGap: (roomIds: readonly string[]) => void;
}

export const createFollowRooms = ({ bus, onCommit, onGap }: FollowRoomsOptions): FollowRooms => {
  const followed = new Map<string, { users: number; readonly end: () => void }>();
  const endReconnect = bus.onReconnect(onGap);
  return {
    follow(roomId) {
      const known = followed.get(roomId);
      if (known) known.users += 1;
      else followed.set(roomId, { users: 1, end: bus.subscribe(roomId, (commit) => onCommit(roomId, commit)) });
      let following = true;
      return () => {
        const room = followed.get(roomId);
        if (!following || !room) return;
        following = false;
        room.users -= 1;
        if (room.users > 0) return;
        followed.delete(roomId);
        room.end();
      };
    },
    rooms: () => [...followed.keys()],
    close() {
      endReconnect();
      for (const { end } of followed.values()) end();
      followed.clear();
    },
  };
};
