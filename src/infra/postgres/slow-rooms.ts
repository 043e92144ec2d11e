// Rooms whose commits the database did not finish in time. Such a commit is tried again, and every try would hold up the commits of
// all other rooms. So for a while it is refused without being sent, and then gets a short time by itself.

const REST_MS = 10_000;
/** How long after its rest a room is still suspected. */
const SUSPECTED_MS = 60_000;

export interface SlowRooms {
  found(roomId: string): void;
  /** A commit of the room was written. */
  passed(roomId: string): void;
  isResting(roomId: string): boolean;
  isSuspected(roomId: string): boolean;
}

export const createSlowRooms = (monotonic: () => number): SlowRooms => {
  /** Until when each rests. */
  const rests = new Map<string, number>();
  return {
    found(roomId) {
      const now = monotonic();
      for (const [known, until] of rests) if (now > until + SUSPECTED_MS) rests.delete(known);
      rests.set(roomId, now + REST_MS);
    },
    passed: (roomId) => void rests.delete(roomId),
    isResting: (roomId) => monotonic() < (rests.get(roomId) ?? 0),
    isSuspected: (roomId) => rests.has(roomId),
  };
};
