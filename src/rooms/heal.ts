// The net under everything that is told by hint or given up on the way. Again and again: rooms behind the journal catch up,
// connections behind their room are sent the rest, and participants whom this process is said to hold but does not are
// declared lost. At the start, and when a node has died: every room that is not over is woken and loses dead connections.
import type { Logger } from 'pino';
import { isOver } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import { isAt } from './copies/journal-heads.ts';
import type { CommitBus } from './copies/ports.ts';
import type { SetAside } from './copies/set-aside.ts';
import type { Announcer, Clock, Head, Journal } from './ports.ts';
import type { Nodes } from './presence/nodes.ts';
import type { RoomLanes } from './room-lanes.ts';
import type { Rooms } from './rooms.ts';

/** Redis may fall silent unnoticed: what was acknowledged is with everybody within a second all the same. */
const HEAL_EVERY_MS = 700;
/** Nothing else brings what other nodes commit. */
const HEAL_DEAF_EVERY_MS = 250;
/** Rooms that are looked after at once. */
const WIDTH = 8;
/** Doubled while rooms are left to be woken. */
const SWEEP_AGAIN_MS = 1_000;
const LAST_SWEEP_AGAIN_MS = 60_000;
/** Beside the rooms that are looked after anyway, at one look. */
const MAX_GLANCED = 1_000;
/** A commit that nobody waits for any more may still be carried out by a database that stood still. */
const DOUBT_MS = 60_000;

interface HealOptions {
  readonly journal: Pick<Journal, 'heads' | 'openRooms'>;
  readonly announcer: Announcer;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly lanes: RoomLanes;
  readonly setAside: Pick<SetAside, 'has' | 'all' | 'due'>;
  readonly nodes: Nodes;
  /** Rooms of which other nodes' commits are to be known here. */
  readonly followed: () => string[];
  /** Undefined: there are no other nodes. */
  readonly bus?: Pick<CommitBus, 'isHeard'>;
  readonly log: Logger;
  readonly handle: Rooms['handle'];
  readonly forget: Rooms['forget'];
  readonly state: Rooms['state'];
  readonly load: (roomId: string) => Promise<RoomState | undefined>;
  readonly follow: (state: RoomState) => Promise<void>;
  readonly takenBack: (roomId: string) => Promise<void>;
}

export interface Heal {
  /** Remembers which rooms have participants connected to this process. */
  noteConnections(state: RoomState): void;
  /** Somebody was told of this room from this node's copy: it is compared with the journal at the next look. */
  glance(roomId: string): void;
  /** A command failed here, and may have been committed all the same: nobody else looks for what it left behind. */
  doubt(roomId: string): void;
  start(): Promise<void>;
  /** Looks after these rooms at once. */
  look(roomIds: readonly string[]): Promise<void>;
  /** Wakes every room that is not over: what is overdue in it happens, connections of dead processes are declared lost. */
  sweep(): Promise<void>;
  stop(): void;
}

export const createHeal = (options: HealOptions): Heal => {
  const {
    journal,
    announcer,
    clock,
    lanes,
    setAside,
    nodes,
    bus,
    log,
    followed,
    handle,
    forget,
    state,
    load,
    follow,
    takenBack,
  } = options;
  /** Rooms in which this process holds somebody, as far as the journal knows. */
  const holding = new Set<string>();
  /** Rooms with an unknown outcome, and until when (monotonic) they are looked after because of it. */
  const doubted = new Map<string, number>();
  /** Rooms of which somebody was told since the last look. */
  const glanced = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sweepTimer: NodeJS.Timeout | undefined;
  let sweepAgainMs = SWEEP_AGAIN_MS;
  /** Rooms that are still to be woken; undefined: which they are is not known. */
  let asleep: Set<string> | undefined;
  let isTrying = false;
  let stopped = false;

  /**
   * A few at a time. No room keeps the others from being looked after; rejects with the last trouble when all have been. That a
   * room is set aside has been told.
   */
  const forEach = async (roomIds: readonly string[], look: (roomId: string) => Promise<void>): Promise<void> => {
    const left = roomIds.values();
    const failed: { readonly error: unknown }[] = [];
    const next = async (): Promise<void> => {
      for (const roomId of left) {
        if (stopped) return;
        await look(roomId).catch((error: unknown) => setAside.has(roomId) || failed.push({ error }));
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, next));
    const trouble = failed.at(-1);
    if (trouble) throw trouble.error;
  };

  const isOurs = (participant: RoomState['participants'][string]) => participant.connection?.bootId === nodes.bootId();

  /** Unknown outcomes, lost races and sockets that closed in between all end here: the journal says more than there is. */
  const loseGhosts = async (state: RoomState): Promise<void> => {
    const { roomId } = state.definition;
    for (const participant of Object.values(state.participants)) {
      const { id, connection } = participant;
      if (connection && isOurs(participant) && !announcer.holds(roomId, id))
        await handle(roomId, { type: 'disconnect', by: id, epoch: connection.epoch });
    }
  };

  const healRoom = async (roomId: string, head: Head | undefined): Promise<void> => {
    if (head === undefined) {
      holding.delete(roomId);
      doubted.delete(roomId);
      return forget(roomId);
    }
    if (setAside.has(roomId)) return;
    let known = await load(roomId);
    if (!known) return;
    // Whatever is committed here meanwhile looks like it too: in the room's lane it shows what it was.
    if (!isAt(known, head) || announcer.isAhead(known)) {
      await lanes.run(roomId, async () => {
        const latest = await load(roomId);
        if (!latest) return;
        await follow(latest);
        // Only then: an old copy of a Redis that took no new one is behind what people here know, and the journal is not.
        const current = await load(roomId);
        if (current && announcer.isAhead(current)) await takenBack(roomId);
      });
      // Nobody is judged by a state that is gone.
      known = await load(roomId);
      if (!known) return;
    }
    announcer.catchUp(known);
    if (isOver(known)) holding.delete(roomId);
    if (holding.has(roomId) || doubted.has(roomId)) await loseGhosts(known);
  };

  const look: Heal['look'] = async (roomIds) => {
    try {
      const heads = roomIds.length > 0 ? await journal.heads(roomIds) : new Map<string, Head>();
      await forEach(roomIds, (roomId) => healRoom(roomId, heads.get(roomId)));
    } catch (error) {
      log.warn({ err: error }, 'healing failed and will be repeated');
    }
  };

  const heal = async (): Promise<void> => {
    for (const [roomId, until] of doubted) if (clock.monotonic() > until) doubted.delete(roomId);
    const aside = setAside.all();
    const roomIds = new Set([...announcer.rooms(), ...followed(), ...holding, ...doubted.keys(), ...glanced, ...aside]);
    glanced.clear();
    void tryAgain();
    await look([...roomIds]);
    if (!stopped) timer = setTimeout(heal, bus && !bus.isHeard() ? HEAL_DEAF_EVERY_MS : HEAL_EVERY_MS);
  };

  const wake = async (roomId: string): Promise<void> => {
    const current = await state(roomId);
    const bootIds = Object.values(current?.participants ?? {}).flatMap(({ connection }) => connection?.bootId ?? []);
    for (const bootId of bootIds) nodes.askAfter(bootId);
    if (!bootIds.some(nodes.isDead)) return;
    const result = await handle(roomId, { type: 'reach_deadline' });
    if (!result.ok) throw new Error(`room ${roomId} could not be woken: ${result.refusal.code}`);
  };

  const wakeAll = async (): Promise<void> => {
    try {
      asleep ??= new Set(await journal.openRooms());
      const rooms = asleep;
      await forEach([...rooms], async (roomId) => {
        await wake(roomId);
        rooms.delete(roomId);
      });
      sweepAgainMs = SWEEP_AGAIN_MS;
    } catch (error) {
      if (stopped) return;
      log.warn({ err: error }, 'rooms with connections of dead processes could not all be brought back yet');
      clearTimeout(sweepTimer);
      sweepTimer = setTimeout(wakeAll, sweepAgainMs);
      sweepAgainMs = Math.min(sweepAgainMs * 2, LAST_SWEEP_AGAIN_MS);
    }
  };

  const sweep = (): Promise<void> => {
    asleep = undefined;
    return wakeAll();
  };

  /** Rooms that were set aside: beside everything else and one at a time, for nobody knows what reading one of them costs. */
  const tryAgain = async (): Promise<void> => {
    if (isTrying) return;
    isTrying = true;
    for (const roomId of setAside.due()) {
      if (stopped) break;
      await wake(roomId).catch(() => {
        if (setAside.has(roomId)) return;
        asleep?.add(roomId);
        void wakeAll();
      });
    }
    isTrying = false;
  };

  return {
    noteConnections(state) {
      // Once a room is over nobody is declared lost in it, and presence stands still as it was.
      const isHolding = !isOver(state) && Object.values(state.participants).some(isOurs);
      if (isHolding) holding.add(state.definition.roomId);
      else holding.delete(state.definition.roomId);
    },
    glance(roomId) {
      if (glanced.size < MAX_GLANCED) glanced.add(roomId);
    },
    doubt(roomId) {
      doubted.set(roomId, clock.monotonic() + DOUBT_MS);
    },
    start() {
      timer = setTimeout(heal, HEAL_EVERY_MS);
      return sweep();
    },
    look,
    sweep,
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(sweepTimer);
    },
  };
};
