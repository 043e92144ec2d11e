// The rooms of this process: puts handling, deadlines and healing together, and tells whoever watches.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { essentialContentSchema } from '../protocol/study.ts';
import type { StoredCommit } from '../room/commands.ts';
import { nextDeadlineOf } from '../room/deadlines.ts';
import type { RoomState } from '../room/state.ts';
import { countCommits } from './commit-metrics.ts';
import { createFollowRooms } from './copies/follow-rooms.ts';
import { createHeadOf, isAt } from './copies/journal-heads.ts';
import { createKeepSnapshots } from './copies/keep-snapshots.ts';
import { createRoomLoader, type Step } from './copies/load-room.ts';
import type { CommitBus, RoomCopies } from './copies/ports.ts';
import { createSetAside } from './copies/set-aside.ts';
import { createDeadlines } from './deadlines.ts';
import { createHandleCommand } from './handle-command.ts';
import { createHeal } from './heal.ts';
import type { Announcer, Clock, Journal } from './ports.ts';
import type { Nodes } from './presence/nodes.ts';
import { createRoomLanes } from './room-lanes.ts';
import type { Rooms } from './rooms.ts';

export interface RoomsService extends Rooms {
  /** What was committed after version `since`, for a viewer who missed it; at most COMMITS_A_READ. */
  commitsSince(roomId: string, since: number): Promise<StoredCommit[]>;
  /** The copy that this node has, which may be some moments behind the other nodes: for what decides nothing. */
  latestKnown(roomId: string): Promise<RoomState | undefined>;
  /** Learns at once of what other nodes commit in this room, until the returned function is called. */
  follow(roomId: string): () => void;
  /** Processes have died: their connections are declared lost in every room. */
  loseDeadConnections(): Promise<void>;
  /** Something that is not journaled changed (voice, upload progress): watchers look again. */
  notice(roomId: string): void;
  start(): void;
  /** Stops waking rooms and resolves when every command in flight is done. */
  close(): Promise<void>;
}

interface RoomsOptions {
  readonly journal: Journal;
  readonly copies: RoomCopies;
  readonly clock: Clock;
  readonly announcer: Announcer;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly newId: () => string;
  readonly nodes: Nodes;
  /** To and from the other nodes; undefined: there are none. */
  readonly bus?: CommitBus;
}

const unfollow = (): void => {};

export const createRooms = (options: RoomsOptions): RoomsService => {
  const { journal, copies, clock, announcer, log, bus } = options;
  const others = bus && { bus, headOf: createHeadOf(journal) };
  const snapshots = createKeepSnapshots(options);
  const setAside = createSetAside(options);
  const loader = createRoomLoader({ journal, copies, snapshots, setAside });
  const lanes = createRoomLanes();
  const watchers = new Map<string, Set<(state?: RoomState) => void>>();

  const applied = async ({ before, commit, after }: Step): Promise<void> => {
    await copies.put(after);
    announcer.announce(before, after, commit);
    deadlines.arm(after.definition.roomId, nextDeadlineOf(after));
    heal.noteConnections(after);
    for (const watcher of watchers.get(after.definition.roomId) ?? []) watcher(after);
  };

  const takenBack = async (roomId: string): Promise<void> => {
    log.warn(
      { roomId },
      'commits that were known here are gone from the journal: the room begins anew from what it has',
    );
    deadlines.arm(roomId, undefined);
    await copies.delete(roomId);
    await announcer.restart(roomId);
    // Whoever is connected by the journal is perhaps not here any more.
    heal.doubt(roomId);
    const state = await loader.load(roomId);
    for (const watcher of watchers.get(roomId) ?? []) watcher(state);
  };

  const commands = createHandleCommand({
    ...options,
    journal: { ...journal, append: countCommits(journal, options.metrics) },
    loader,
    snapshots,
    applied,
    takenBack,
    ...(others && { others }),
  });
  const handle: Rooms['handle'] = (roomId, ...asked) =>
    lanes.run(roomId, () =>
      commands.handle(roomId, ...asked).catch((error: unknown) => {
        heal.doubt(roomId);
        throw error;
      }),
    );

  const state: Rooms['state'] = async (roomId) => {
    const known = await loader.load(roomId);
    if (known && !others) heal.glance(roomId);
    if (!known || !others || isAt(known, await others.headOf(roomId))) return known;
    return lanes.run(roomId, () => commands.refreshed(roomId));
  };

  const following =
    bus &&
    createFollowRooms({
      bus,
      onCommit: (roomId, commit) => {
        lanes
          .run(roomId, () => commands.learn(roomId, commit))
          .catch((error: unknown) => {
            log.warn({ err: error, roomId }, 'a commit of another node could not be followed yet');
          });
      },
      onGap: (roomIds) => void heal.look(roomIds),
    });
  const follow = (roomId: string): (() => void) => following?.follow(roomId) ?? unfollow;

  const forget: Rooms['forget'] = async (roomId) => {
    deadlines.arm(roomId, undefined);
    setAside.settled(roomId);
    await copies.delete(roomId);
    announcer.closeRoom(roomId);
    for (const watcher of watchers.get(roomId) ?? []) watcher();
  };

  const deadlines = createDeadlines({
    clock,
    journal,
    log,
    setAside,
    onDue: async (roomId) => {
      const result = await handle(roomId, { type: 'reach_deadline' });
      // Nothing was due yet (a timer that fired early): look again.
      if (result.ok) deadlines.arm(roomId, nextDeadlineOf(result.state));
    },
  });
  const followed = (): string[] => following?.rooms() ?? [];
  const heal = createHeal({
    ...options,
    lanes,
    setAside,
    followed,
    handle,
    forget,
    state,
    load: loader.load,
    follow: commands.follow,
    takenBack,
  });
  let sweeping: Promise<void> = Promise.resolve();

  return {
    handle,
    forget,
    commitsSince: (roomId, since) => journal.commits(roomId, since),
    state,
    latestKnown: loader.load,
    follow,
    loseDeadConnections: heal.sweep,
    async entrance(code) {
      const entrance = await journal.entrance(code);
      // Loading it finds out what is wrong with it, and says so.
      if (entrance && !essentialContentSchema.safeParse(entrance.definition.content).success)
        await loader.load(entrance.definition.roomId);
      return entrance;
    },
    notice(roomId) {
      const watching = watchers.get(roomId);
      if (!watching) return;
      copies.get(roomId).then(
        (state) => {
          if (state) for (const watcher of watching) watcher(state);
        },
        (error: unknown) => log.warn({ err: error, roomId }, 'a watched room could not be read'),
      );
    },
    watch(roomId, onChange) {
      const watching = watchers.get(roomId) ?? new Set();
      watchers.set(roomId, watching.add(onChange));
      const end = follow(roomId);
      return () => {
        end();
        watching.delete(onChange);
        if (watching.size === 0) watchers.delete(roomId);
      };
    },
    start() {
      deadlines.start();
      sweeping = heal.start();
    },
    async close() {
      deadlines.stop();
      heal.stop();
      following?.close();
      await sweeping;
      await lanes.idle();
      await snapshots.close();
    },
  };
};
