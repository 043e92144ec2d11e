// The net under everything that is published by hint or given up on the way: again and again the rooms that matter here are
// compared with the journal. Copies that are stale catch up, connections that were sent less get the rest, and participants
// whom the journal believes connected here, and who are not, are handed to presence. Decides nothing about a room.
import type { Logger } from 'pino';
import type { RoomState } from '../../room/state.ts';
import type { Head, Journal, Timers } from '../ports.ts';
import type { LocalConnections } from '../presence/local-connections.ts';
import type { RoomLanes } from '../room-lanes.ts';
import type { CatchUp } from './catch-up.ts';
import { eachRoom } from './each-room.ts';
import { isAt } from './journal-heads.ts';
import type { RoomLoader } from './load-room.ts';
import type { CommitBus } from './ports.ts';
import type { RoomFeed } from './room-feed.ts';
import type { SetAside } from './set-aside.ts';

/** Redis may fall silent unnoticed: what was acknowledged is with everybody within a second all the same. */
const HEAL_EVERY_MS = 700;
/** While nothing else brings what other nodes commit. */
const HEAL_DEAF_EVERY_MS = 250;

interface HealCopiesOptions {
  readonly journal: Pick<Journal, 'heads'>;
  readonly connections: Pick<LocalConnections, 'isAhead'>;
  readonly lanes: RoomLanes;
  readonly loader: Pick<RoomLoader, 'load'>;
  readonly catchUp: Pick<CatchUp, 'syncWithJournal' | 'beginAnew'>;
  readonly feed: Pick<RoomFeed, 'confirmed' | 'listen'>;
  readonly setAside: Pick<SetAside, 'has'>;
  /** Undefined: there are no other nodes. */
  readonly bus: Pick<CommitBus, 'isHeard'> | undefined;
  readonly timers: Timers;
  readonly log: Logger;
  /** The room is gone from the database. */
  readonly forget: (roomId: string) => Promise<void>;
  /** What there is to check now. */
  readonly roomsToCheck: () => readonly string[];
  /** The copy is as the journal: is everybody there whom it says to be? */
  readonly checkPresence: (state: RoomState) => Promise<void>;
}

export interface HealCopies {
  start(): void;
  stop(): void;
}

/** In the room's lane, where nothing is half committed. Undefined when there is no such room any more. */
const syncInLane = (options: HealCopiesOptions, roomId: string): Promise<RoomState | undefined> =>
  options.lanes.run(roomId, async () => {
    const { loader, catchUp, connections } = options;
    const copy = await loader.load(roomId);
    if (!copy) return undefined;
    await catchUp.syncWithJournal(copy);
    const current = await loader.load(roomId);
    // Only now: an old copy out of a Redis that took no newer one is behind what was sent here, and the journal is not.
    if (!current || !connections.isAhead(current)) return current;
    await catchUp.beginAnew(roomId);
    return loader.load(roomId);
  });

const healRoom = async (options: HealCopiesOptions, roomId: string, head: Head | undefined): Promise<void> => {
  const { setAside, loader, connections, feed } = options;
  if (head === undefined) return options.forget(roomId);
  if (setAside.has(roomId)) return;
  const copy = await loader.load(roomId);
  if (!copy) return;
  // What is being committed here just now looks like a difference too: in the lane it is over.
  const isSame = isAt(copy, head) && !connections.isAhead(copy);
  const state = isSame ? copy : await syncInLane(options, roomId);
  if (!state) return;
  feed.confirmed(state);
  await options.checkPresence(state);
};

export const createHealCopies = (options: HealCopiesOptions): HealCopies => {
  const { journal, feed, setAside, bus, timers, log } = options;
  const stopping = new AbortController();
  let cancelNext = (): void => {};

  const heal = async (roomIds: readonly string[]): Promise<void> => {
    try {
      const heads = roomIds.length > 0 ? await journal.heads(roomIds) : new Map<string, Head>();
      await eachRoom(roomIds, { setAside, signal: stopping.signal }, (roomId) =>
        healRoom(options, roomId, heads.get(roomId)),
      );
    } catch (error) {
      log.warn({ err: error }, 'healing failed and will be repeated');
    }
  };

  const again = async (): Promise<void> => {
    await heal(options.roomsToCheck());
    if (stopping.signal.aborted) return;
    cancelNext = timers.after(bus && !bus.isHeard() ? HEAL_DEAF_EVERY_MS : HEAL_EVERY_MS, () => void again());
  };

  feed.listen({ missed: (roomIds) => void heal(roomIds) });

  return {
    start() {
      cancelNext = timers.after(HEAL_EVERY_MS, () => void again());
    },
    stop() {
      stopping.abort();
      cancelNext();
    },
  };
};
