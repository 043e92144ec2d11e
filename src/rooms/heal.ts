// The net under everything that is told by hint or given up on the way. Once a second: rooms behind the journal catch up,
// connections behind their room are sent the rest, and participants whom this process is said to hold but does not are
// declared lost. Once at the start: rooms of an earlier run are woken.
import type { Logger } from 'pino';
import type { RoomState } from '../room/state.ts';
import type { Announcer, HotRooms, Journal } from './ports.ts';
import type { RoomLanes } from './room-lanes.ts';
import type { Rooms } from './rooms.ts';

const HEAL_EVERY_MS = 1_000;
/** Rooms that are brought back at once when a process starts. */
const SWEEP_WIDTH = 8;

interface HealOptions {
  readonly journal: Pick<Journal, 'heads' | 'liveRooms'>;
  readonly hotRooms: Pick<HotRooms, 'get'>;
  readonly announcer: Announcer;
  readonly lanes: RoomLanes;
  readonly bootId: string;
  readonly log: Logger;
  readonly handle: Rooms['handle'];
  readonly forget: Rooms['forget'];
  readonly catchUp: (state: RoomState) => Promise<number>;
}

export interface Heal {
  /** Remembers which rooms have participants connected to this process. */
  noteConnections(state: RoomState): void;
  start(): Promise<void>;
  stop(): void;
}

export const createHeal = (options: HealOptions): Heal => {
  const { journal, hotRooms, announcer, lanes, bootId, log, handle, forget, catchUp } = options;
  /** Rooms in which this process holds somebody, as far as the journal knows. */
  const holding = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const isOurs = (participant: RoomState['participants'][string]) => participant.connection?.bootId === bootId;

  /** Unknown outcomes, lost races and sockets that closed in between all end here: the journal says more than there is. */
  const loseGhosts = async (state: RoomState): Promise<void> => {
    const { roomId } = state.definition;
    for (const participant of Object.values(state.participants)) {
      const { id, connection } = participant;
      if (connection && isOurs(participant) && !announcer.holds(roomId, id))
        await handle(roomId, { type: 'disconnect', by: id, epoch: connection.epoch });
    }
  };

  const healRoom = async (roomId: string, head: number | undefined): Promise<void> => {
    if (head === undefined) {
      holding.delete(roomId);
      return forget(roomId);
    }
    const state = await hotRooms.get(roomId);
    if (!state) return;
    if (state.version < head) {
      await lanes.run(roomId, async () => {
        const latest = await hotRooms.get(roomId);
        if (latest) await catchUp(latest);
      });
    }
    announcer.catchUp(state);
    if (holding.has(roomId)) await loseGhosts(state);
  };

  const heal = async (): Promise<void> => {
    try {
      const here = [...new Set([...announcer.rooms(), ...holding])];
      const heads = here.length > 0 ? await journal.heads(here) : new Map<string, number>();
      for (const roomId of here) await healRoom(roomId, heads.get(roomId));
    } catch (error) {
      log.warn({ err: error }, 'healing failed and will be repeated');
    }
    if (!stopped) timer = setTimeout(heal, HEAL_EVERY_MS);
  };

  const sweep = async (): Promise<void> => {
    try {
      const rooms = await journal.liveRooms();
      const next = async (): Promise<void> => {
        for (let roomId = rooms.pop(); roomId !== undefined && !stopped; roomId = rooms.pop())
          await handle(roomId, { type: 'reach_deadline' });
      };
      await Promise.all(Array.from({ length: SWEEP_WIDTH }, next));
    } catch (error) {
      // Each is brought back when it is next used or due.
      if (!stopped) log.warn({ err: error }, 'rooms of an earlier run could not all be brought back yet');
    }
  };

  return {
    noteConnections(state) {
      const isHolding = Object.values(state.participants).some(isOurs);
      if (isHolding) holding.add(state.definition.roomId);
      else holding.delete(state.definition.roomId);
    },
    start() {
      timer = setTimeout(heal, HEAL_EVERY_MS);
      return sweep();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
