// Wakes rooms when something is due. Nobody owns a deadline: every process that knows the room arms a timer, the journal lets
// one win, and the scan is the net for rooms that no process has in its hands.
import type { Logger } from 'pino';
import { nextDeadlineOf } from '../room/next-deadline.ts';
import type { RoomFeed } from './copies/room-feed.ts';
import type { SetAside } from './copies/set-aside.ts';
import type { Clock, Journal, Timers } from './ports.ts';
import type { HandleResult, RoomRequest } from './rooms.ts';

/** Later deadlines are left to the scan, so that thousands of waiting rooms cost no timers. */
const ARM_WITHIN_MS = 60_000;
const SCAN_EVERY_MS = 1_000;
const SCAN_LIMIT = 200;

export interface Deadlines {
  /** Starts the scan. */
  start(): void;
  stop(): void;
}

interface DeadlinesOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Timers;
  readonly journal: Pick<Journal, 'dueRooms'>;
  readonly feed: Pick<RoomFeed, 'listen'>;
  readonly log: Logger;
  /** Rooms that the scan leaves out: nothing can happen in them. */
  readonly setAside: Pick<SetAside, 'all' | 'has'>;
  readonly handle: (roomId: string, request: RoomRequest<'reach_deadline'>) => Promise<HandleResult<'reach_deadline'>>;
}

export const createDeadlines = (options: DeadlinesOptions): Deadlines => {
  const { clock, timers, journal, feed, log, setAside, handle } = options;
  const armed = new Map<string, () => void>();
  const stopping = new AbortController();
  let cancelScan = (): void => {};

  const disarm = (roomId: string): void => {
    armed.get(roomId)?.();
    armed.delete(roomId);
  };

  const due = async (roomId: string): Promise<void> => {
    try {
      const result = await handle(roomId, { type: 'reach_deadline' });
      // Nothing was due yet (a timer that fired early): look again.
      if (result.ok) arm(roomId, nextDeadlineOf(result.state));
    } catch (error) {
      // That a room is set aside has been logged.
      if (!setAside.has(roomId)) log.warn({ err: error, roomId }, 'a deadline could not be handled yet');
    }
  };

  const arm = (roomId: string, dueAt: number | undefined): void => {
    disarm(roomId);
    if (stopping.signal.aborted || dueAt === undefined) return;
    const waitMs = dueAt - clock.now();
    if (waitMs > ARM_WITHIN_MS) return;
    // Timers may fire a fraction early; a deadline must not.
    const cancel = timers.after(Math.max(0, Math.ceil(waitMs)), () => {
      armed.delete(roomId);
      void due(roomId);
    });
    armed.set(roomId, cancel);
  };

  const scan = async (): Promise<void> => {
    try {
      const rooms = await journal.dueRooms(clock.now(), SCAN_LIMIT, setAside.all());
      await Promise.all(rooms.map(due));
    } catch (error) {
      log.warn({ err: error }, 'the scan for due rooms failed and will be repeated');
    }
    if (!stopping.signal.aborted) cancelScan = timers.after(SCAN_EVERY_MS, () => void scan());
  };

  feed.listen({
    committed: ({ after }) => arm(after.definition.roomId, nextDeadlineOf(after)),
    takenBack: disarm,
    erased: disarm,
  });

  return {
    start() {
      cancelScan = timers.after(SCAN_EVERY_MS, () => void scan());
    },
    stop() {
      stopping.abort();
      cancelScan();
      for (const cancel of armed.values()) cancel();
      armed.clear();
    },
  };
};
