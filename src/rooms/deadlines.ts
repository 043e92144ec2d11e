// Wakes rooms when something is due. Nobody owns a deadline: every process that knows the room arms a timer, the journal lets
// one win, and the scan is the net for rooms that no process has in its hands.
import type { Logger } from 'pino';
import type { SetAside } from './copies/set-aside.ts';
import type { Clock, Journal } from './ports.ts';

/** Later deadlines are left to the scan, so that thousands of waiting rooms cost no timers. */
const ARM_WITHIN_MS = 60_000;
const SCAN_EVERY_MS = 1_000;
const SCAN_LIMIT = 200;

export interface Deadlines {
  /** Replaces the room's timer; undefined disarms it. */
  arm(roomId: string, dueAt: number | undefined): void;
  /** Starts the scan. */
  start(): void;
  stop(): void;
}

interface DeadlinesOptions {
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'dueRooms'>;
  readonly log: Logger;
  /** Rooms that the scan leaves out: nothing can happen in them. */
  readonly setAside: Pick<SetAside, 'all' | 'has'>;
  /** Must not throw for a room that is gone. */
  readonly onDue: (roomId: string) => Promise<unknown>;
}

export const createDeadlines = ({ clock, journal, log, setAside, onDue }: DeadlinesOptions): Deadlines => {
  const timers = new Map<string, NodeJS.Timeout>();
  let scanTimer: NodeJS.Timeout | undefined;
  let stopped = false;

  const due = (roomId: string): Promise<unknown> =>
    onDue(roomId).catch((error: unknown) => {
      // That has been told.
      if (!setAside.has(roomId)) log.warn({ err: error, roomId }, 'a deadline could not be handled yet');
    });

  const scan = async (): Promise<void> => {
    try {
      const rooms = await journal.dueRooms(clock.now(), SCAN_LIMIT, setAside.all());
      await Promise.all(rooms.map(due));
    } catch (error) {
      log.warn({ err: error }, 'the scan for due rooms failed and will be repeated');
    }
    if (!stopped) scanTimer = setTimeout(scan, SCAN_EVERY_MS);
  };

  return {
    arm(roomId, dueAt) {
      const known = timers.get(roomId);
      if (known) clearTimeout(known);
      timers.delete(roomId);
      if (stopped || dueAt === undefined) return;
      const waitMs = dueAt - clock.now();
      if (waitMs > ARM_WITHIN_MS) return;
      // Timers may fire a fraction early; a deadline must not.
      const timer = setTimeout(
        () => {
          timers.delete(roomId);
          void due(roomId);
        },
        Math.max(0, Math.ceil(waitMs)),
      );
      timers.set(roomId, timer);
    },
    start() {
      scanTimer = setTimeout(scan, SCAN_EVERY_MS);
    },
    stop() {
      stopped = true;
      clearTimeout(scanTimer);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
};
