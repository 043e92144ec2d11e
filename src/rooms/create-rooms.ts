// Puts the rooms of this process together, each part on those before it: copies, commands, deadlines, presence, healing.
import { essentialContentSchema } from '../protocol/study.ts';
import { createFollowRooms, type FollowRooms } from './copies/follow-rooms.ts';
import { createHealCopies } from './copies/heal-copies.ts';
import { createDeadlines } from './deadlines.ts';
import { createLostConnections } from './presence/lost-connections.ts';
import { createWakeRooms } from './presence/wake-rooms.ts';
import { createRoomCore, type RoomCore, type RoomsOptions } from './room-core.ts';
import type { Rooms } from './rooms.ts';

const FOLLOWS_NOBODY: FollowRooms = { follow: () => () => {}, rooms: () => [], close: () => {} };

const followOthers = ({ bus, log }: RoomsOptions, { lanes, catchUp, feed }: RoomCore): FollowRooms => {
  if (!bus) return FOLLOWS_NOBODY;
  return createFollowRooms({
    bus,
    onCommit: (roomId, commit) => {
      lanes
        .run(roomId, () => catchUp.receive(roomId, commit))
        .catch((error: unknown) => {
          log.warn({ err: error, roomId }, 'a commit of another node could not be applied yet');
        });
    },
    onGap: feed.missed,
  });
};

/** What brings a room back to what it should be, in whatever way it was left behind. */
const createUpkeep = (options: RoomsOptions, core: RoomCore, following: FollowRooms) => {
  const { connections, bus } = options;
  const { toCheck, setAside } = core;
  const lost = createLostConnections({ ...options, ...core });
  const waking = createWakeRooms({ ...options, ...core });
  const healing = createHealCopies({
    ...{ ...options, ...core, bus },
    checkPresence: lost.check,
    roomsToCheck() {
      void waking.wakeSetAside();
      const here = [...connections.rooms(), ...following.rooms(), ...lost.rooms()];
      return [...new Set([...here, ...toCheck.take(), ...setAside.all()])];
    },
  });
  return { waking, healing };
};

export const createRooms = (options: RoomsOptions): Rooms => {
  const { journal } = options;
  const core = createRoomCore(options);
  const { watchers, loader } = core;
  const deadlines = createDeadlines({ ...options, ...core });
  const following = followOthers(options, core);
  const { waking, healing } = createUpkeep(options, core, following);
  let firstRound: Promise<void> = Promise.resolve();

  return {
    handle: core.handle,
    state: core.state,
    copyOf: loader.load,
    commitsSince: (roomId, since) => journal.commits(roomId, since),
    async entrance(code) {
      const entrance = await journal.entrance(code);
      // Loading it finds out what is wrong with it, and says so.
      if (entrance && !essentialContentSchema.safeParse(entrance.definition.content).success)
        await loader.load(entrance.definition.roomId);
      return entrance;
    },
    listen: core.feed.listen,
    follow: following.follow,
    watch(roomId, onChange) {
      const ends = [following.follow(roomId), watchers.watch(roomId, onChange)];
      return () => {
        for (const end of ends) end();
      };
    },
    notice: watchers.notice,
    forget: core.forget,
    loseDeadConnections: waking.wakeAll,
    start() {
      deadlines.start();
      healing.start();
      firstRound = waking.wakeAll();
    },
    async close() {
      deadlines.stop();
      healing.stop();
      waking.stop();
      following.close();
      await firstRound;
      await core.lanes.idle();
      await core.snapshots.close();
    },
  };
};
