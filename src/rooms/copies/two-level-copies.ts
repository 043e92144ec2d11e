// Two copies of a room: this node's own, and behind it one that all nodes share, so that a node that is new to a room need not read
// its whole journal. The shared one is believed only if the journal has its last commit: a database that was restored from a backup
// has another history than what lies in Redis. Nobody waits for the shared copy: while one state is written, only the newest waits.
import type { RoomState } from '../../room/state.ts';
import type { Journal } from '../ports.ts';
import type { RoomCopies } from './ports.ts';

interface Writing {
  next: RoomState | 'deleted' | undefined;
  readonly done: Promise<void>;
}

interface TwoLevelCopiesOptions {
  readonly own: RoomCopies;
  readonly shared: RoomCopies;
  readonly journal: Pick<Journal, 'includes'>;
}

export const createTwoLevelCopies = ({ own, shared, journal }: TwoLevelCopiesOptions): RoomCopies => {
  /** Rooms that are being written to the shared copy. */
  const writing = new Map<string, Writing>();

  const share = (roomId: string, next: RoomState | 'deleted'): Promise<void> => {
    const running = writing.get(roomId);
    if (running) {
      running.next = next;
      return running.done;
    }
    const write = async (): Promise<void> => {
      for (let current = writing.get(roomId); current?.next !== undefined; ) {
        const { next } = current;
        current.next = undefined;
        await (next === 'deleted' ? shared.delete(roomId) : shared.put(next));
      }
      writing.delete(roomId);
    };
    // Begins when it is in the list.
    const done = Promise.resolve().then(write);
    writing.set(roomId, { next, done });
    return done;
  };

  return {
    async get(roomId) {
      const known = await own.get(roomId);
      if (known) return known;
      const state = await shared.get(roomId);
      if (!state) return undefined;
      if (state.commitId === undefined || !(await journal.includes(roomId, state.version, state.commitId))) {
        await share(roomId, 'deleted');
        return undefined;
      }
      await own.put(state);
      return state;
    },
    async put(state) {
      await own.put(state);
      // Adapters of the shared copy tell their own troubles and never reject.
      void share(state.definition.roomId, state);
    },
    async delete(roomId) {
      await own.delete(roomId);
      await share(roomId, 'deleted');
    },
  };
};
