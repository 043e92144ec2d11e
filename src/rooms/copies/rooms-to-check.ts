// Which rooms are compared with the journal at the next check although nobody is connected to them here. A room that was only
// read is left out when there are too many: whoever reads it again puts it back.
import type { Clock } from '../ports.ts';
import type { RoomFeed } from './room-feed.ts';

/** A commit that nobody waits for any more may still be carried out by a database that stood still. */
const UNSETTLED_MS = 60_000;
/** Read from copies here since the last check. */
const MAX_READ = 1_000;

export interface RoomsToCheck {
  /** Somebody was answered from this node's copy of the room. */
  wasRead(roomId: string): void;
  /** A command failed here not long ago: what it may have left behind is this node's to find. */
  isUnsettled(roomId: string): boolean;
  /** Everything to check now. Those that were only read are not given again. */
  take(): string[];
}

export const createRoomsToCheck = (options: {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly feed: Pick<RoomFeed, 'listen'>;
}): RoomsToCheck => {
  const { clock, feed } = options;
  /** Until when (monotonic) each is checked. */
  const unsettled = new Map<string, number>();
  const read = new Set<string>();
  const noteUnsettled = (roomId: string): void => void unsettled.set(roomId, clock.monotonic() + UNSETTLED_MS);
  feed.listen({
    unsettled: noteUnsettled,
    // Whoever is connected by what the journal has now is perhaps not here any more.
    takenBack: noteUnsettled,
    erased: (roomId) => void unsettled.delete(roomId),
  });
  return {
    wasRead(roomId) {
      if (read.size < MAX_READ) read.add(roomId);
    },
    isUnsettled: (roomId) => unsettled.has(roomId),
    take() {
      for (const [roomId, until] of unsettled) if (clock.monotonic() > until) unsettled.delete(roomId);
      const all = [...new Set([...unsettled.keys(), ...read])];
      read.clear();
      return all;
    },
  };
};
