// At the start and when a node has died: every room that is not over is looked at, and those with connections of dead processes
// are asked to move on, which declares the connections lost. Tried again, with a growing pause, until all rooms have been reached.
// Rooms that were set aside are tried beside everything else and one at a time: nobody knows what reading one of them costs. [ST7]
import type { Logger } from 'pino';
import { eachRoom } from '../copies/each-room.ts';
import type { SetAside } from '../copies/set-aside.ts';
import type { Journal, Timers } from '../ports.ts';
import type { Rooms } from '../rooms.ts';
import type { Nodes } from './nodes.ts';

/** Doubled while rooms are left. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface WakeRoomsOptions {
  readonly journal: Pick<Journal, 'openRooms'>;
  readonly setAside: Pick<SetAside, 'has' | 'due'>;
  readonly nodes: Pick<Nodes, 'isDead' | 'askAfter'>;
  readonly timers: Timers;
  readonly log: Logger;
  readonly state: Rooms['state'];
  readonly handle: Rooms['handle'];
}

export interface WakeRooms {
  /** Begins anew with every room that is not over. Resolves after the first try of each. */
  wakeAll(): Promise<void>;
  /** Rooms that were set aside and whose pause is over. Does nothing while it is at it. */
  wakeSetAside(): Promise<void>;
  stop(): void;
}

/** One round over all rooms that are not over. */
interface Round {
  /** Still to be woken; undefined: which they are is not known yet. */
  left: Set<string> | undefined;
  pauseMs: number;
}

const wake = async ({ state, handle, nodes }: WakeRoomsOptions, roomId: string): Promise<void> => {
  const room = await state(roomId);
  const bootIds = Object.values(room?.participants ?? {}).flatMap(({ connection }) => connection?.bootId ?? []);
  for (const bootId of bootIds) nodes.askAfter(bootId);
  if (!bootIds.some(nodes.isDead)) return;
  const result = await handle(roomId, { type: 'reach_deadline' });
  if (!result.ok) throw new Error(`room ${roomId} could not be woken: ${result.refusal.code}`);
};

export const createWakeRooms = (options: WakeRoomsOptions): WakeRooms => {
  const { journal, setAside, timers, log } = options;
  const stopping = new AbortController();
  const round: Round = { left: undefined, pauseMs: FIRST_PAUSE_MS };
  let cancelRetry = (): void => {};
  let waking: Promise<void> | undefined;

  const wakeLeft = async (): Promise<void> => {
    try {
      round.left ??= new Set(await journal.openRooms());
      const { left } = round;
      await eachRoom([...left], { setAside, signal: stopping.signal }, async (roomId) => {
        await wake(options, roomId);
        left.delete(roomId);
      });
      round.pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      if (stopping.signal.aborted) return;
      log.warn({ err: error }, 'rooms with connections of dead processes could not all be brought back yet');
      cancelRetry();
      cancelRetry = timers.after(round.pauseMs, () => void wakeLeft());
      round.pauseMs = Math.min(round.pauseMs * 2, LONGEST_PAUSE_MS);
    }
  };

  const wakeDue = async (): Promise<void> => {
    for (const roomId of setAside.due()) {
      if (stopping.signal.aborted) return;
      await wake(options, roomId).catch(() => {
        if (setAside.has(roomId)) return;
        round.left?.add(roomId);
        void wakeLeft();
      });
    }
  };

  return {
    wakeAll() {
      round.left = undefined;
      return wakeLeft();
    },
    async wakeSetAside() {
      waking ??= wakeDue().finally(() => {
        waking = undefined;
      });
      await waking;
    },
    stop() {
      stopping.abort();
      cancelRetry();
    },
  };
};
