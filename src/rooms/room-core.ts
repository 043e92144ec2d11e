// Copies of rooms and the commands that change them: what deadlines, presence and healing stand on.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { countCommits } from './commit-metrics.ts';
import { createCatchUp } from './copies/catch-up.ts';
import { createHeadOf } from './copies/journal-heads.ts';
import { createKeepSnapshots } from './copies/keep-snapshots.ts';
import { createRoomLoader } from './copies/load-room.ts';
import type { CommitBus, RoomCopies } from './copies/ports.ts';
import { createRoomFeed } from './copies/room-feed.ts';
import { createRoomsToCheck } from './copies/rooms-to-check.ts';
import { createSetAside } from './copies/set-aside.ts';
import { createHandleCommand } from './handle-command.ts';
import type { Clock, Journal, Timers } from './ports.ts';
import type { LocalConnections } from './presence/local-connections.ts';
import type { Nodes } from './presence/nodes.ts';
import type { RoundTrips } from './presence/ports.ts';
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

export const createRoomCore = (options: RoomsOptions) => {
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

export type RoomCore = ReturnType<typeof createRoomCore>;
