// Puts the rooms of this process together, each part on those before it: copies, commands, deadlines, presence, healing.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { essentialContentSchema } from '../protocol/study.ts';
import { countCommits } from './commit-metrics.ts';
import { createCatchUp } from './copies/catch-up.ts';
import { createFollowRooms, type FollowRooms } from './copies/follow-rooms.ts';
import { createHealCopies } from './copies/heal-copies.ts';
import { createHeadOf } from './copies/journal-heads.ts';
import { createKeepSnapshots } from './copies/keep-snapshots.ts';
import { createRoomLoader } from './copies/load-room.ts';
import type { CommitBus, RoomCopies } from './copies/ports.ts';
import { createRoomFeed } from './copies/room-feed.ts';
import { createRoomsToCheck } from './copies/rooms-to-check.ts';
import { createSetAside } from './copies/set-aside.ts';
import { createDeadlines } from './deadlines.ts';
import { createHandleCommand } from './handle-command.ts';
import type { Clock, Journal, Timers } from './ports.ts';
import type { LocalConnections } from './presence/local-connections.ts';
import { createLostConnections } from './presence/lost-connections.ts';
import type { Nodes } from './presence/nodes.ts';
import type { RoundTrips } from './presence/ports.ts';
import { createWakeRooms } from './presence/wake-rooms.ts';
import { createRoomLanes } from './room-lanes.ts';
import { createRoomWatchers } from './room-watchers.ts';
import type { Rooms } from './rooms.ts';
import { createTurnLead } from './turn-lead.ts';

export interface RoomsOptions {
  readonly journal: Journal;
  readonly copies: RoomCopies;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Kept by realtime. */
  readonly connections: Pick<LocalConnections, 'rooms' | 'holds' | 'isAhead'>;
  readonly roundTrips: Pick<RoundTrips, 'of'>;
  readonly nodes: Nodes;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly newId: () => string;
  /** To and from the other nodes; undefined: there are none. */
  readonly bus: CommitBus | undefined;
}

const FOLLOWS_NOBODY: FollowRooms = { follow: () => () => {}, rooms: () => [], close: () => {} };

/** Copies of rooms, and the commands that change them. */
const createCore = (options: RoomsOptions) => {
  const { journal, copies, log, bus } = options;
  const feed = createRoomFeed();
  const lanes = createRoomLanes();
  const watchers = createRoomWatchers({ copies, feed, log });
  const snapshots = createKeepSnapshots(options);
  const setAside = createSetAside(options);
  const loader = createRoomLoader({ journal, copies, snapshots, setAside });
  const headOf = bus && createHeadOf(journal);
  const catchUp = createCatchUp({ journal, copies, loader, feed, watchers, headOf, log });
  const toCheck = createRoomsToCheck({ clock: options.clock, feed });
  const handleInLane = createHandleCommand({
    ...options,
    ...{ loader, catchUp, snapshots, leadMsIn: createTurnLead(options) },
    journal: { append: countCommits(journal, options.metrics), commandOf: journal.commandOf },
  });

  const handle: Rooms['handle'] = (roomId, request, asking) =>
    lanes.run(roomId, () =>
      handleInLane(roomId, request, asking).catch((error: unknown) => {
        feed.unsettled(roomId);
        throw error;
      }),
    );
  const state: Rooms['state'] = async (roomId) => {
    const copy = await loader.load(roomId);
    if (!copy) return undefined;
    // Where there are other nodes, the comparison comes now.
    if (!headOf) toCheck.wasRead(roomId);
    return (await catchUp.isStale(copy)) ? lanes.run(roomId, () => catchUp.upToDate(roomId)) : copy;
  };
  const forget: Rooms['forget'] = async (roomId) => {
    setAside.settled(roomId);
    await copies.delete(roomId);
    feed.erased(roomId);
  };
  return { feed, lanes, watchers, snapshots, setAside, loader, catchUp, toCheck, handle, state, forget };
};

type Core = ReturnType<typeof createCore>;

const followOthers = ({ bus, log }: RoomsOptions, { lanes, catchUp, feed }: Core): FollowRooms => {
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
const createUpkeep = (options: RoomsOptions, core: Core, following: FollowRooms) => {
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
  const core = createCore(options);
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
