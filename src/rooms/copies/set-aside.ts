// Rooms whose history cannot be read: a damaged row, an event that this build does not know, a study that is none. Each is logged
// once and then not tried for a pause that doubles, so that it costs the other rooms nothing however often somebody asks for it.
// A database that cannot be reached sets no room aside: that concerns all of them, and passes. [ST25]
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { AppError, isOfDatabase } from '../../protocol/app-error.ts';
import type { Clock } from '../ports.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

export interface SetAside {
  /** Throws `unavailable` while it is no use to try the room. */
  admit(roomId: string): void;
  /** The room could not be loaded. Gives what to throw: `unavailable` once it is set aside, else the error itself. */
  failed(roomId: string, error: unknown): unknown;
  /** The room was loaded, or is gone. */
  settled(roomId: string): void;
  has(roomId: string): boolean;
  all(): string[];
  /** Those whose pause is over. */
  due(): string[];
}

interface SetAsideOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
  readonly metrics: Registry;
}

interface Pause {
  readonly until: number;
  readonly lengthMs: number;
}

export const createSetAside = ({ clock, log, metrics }: SetAsideOptions): SetAside => {
  const pauses = new Map<string, Pause>();
  new Gauge({
    name: 'trialogue_rooms_set_aside',
    help: 'Rooms whose history cannot be read: the log names each. They are tried again by and by.',
    registers: [metrics],
    collect() {
      this.set(pauses.size);
    },
  });

  const isOver = ({ until }: Pause): boolean => until <= clock.monotonic();

  return {
    admit(roomId) {
      const pause = pauses.get(roomId);
      if (pause && !isOver(pause)) throw new AppError('unavailable', `Room ${roomId} cannot be read and is set aside.`);
    },
    failed(roomId, error) {
      if (isOfDatabase(error)) return error;
      const before = pauses.get(roomId);
      if (!before) log.error({ err: error, roomId }, 'a room cannot be read: it is set aside, all others go on');
      const lengthMs = before ? Math.min(before.lengthMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
      pauses.set(roomId, { until: clock.monotonic() + lengthMs, lengthMs });
      return new AppError('unavailable', `Room ${roomId} cannot be read.`, { cause: error });
    },
    settled(roomId) {
      if (pauses.delete(roomId)) log.info({ roomId }, 'a room that was set aside is back, or gone');
    },
    has: (roomId) => pauses.has(roomId),
    all: () => [...pauses.keys()],
    due: () => [...pauses].filter(([, pause]) => isOver(pause)).map(([roomId]) => roomId),
  };
};
