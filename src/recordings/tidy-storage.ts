// What crashes leave in storage, at the start and then every hour: half-written files of processes that are dead, and files of
// rooms that are gone. Beside everything else: nobody has to wait for it.
import type { Logger } from 'pino';

const EVERY_MS = 3_600_000;

interface TidyStorageOptions {
  /** Processes that may be writing now. */
  readonly liveBoots: () => Promise<ReadonlySet<string>>;
  readonly clearAbandoned: (isLive: (bootId: string) => boolean) => Promise<void>;
  readonly finishErasing: () => Promise<void>;
  readonly log: Logger;
}

export interface TidyStorage {
  start(): void;
  stop(): Promise<void>;
}

export const createTidyStorage = ({
  liveBoots,
  clearAbandoned,
  finishErasing,
  log,
}: TidyStorageOptions): TidyStorage => {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let tidying: Promise<void> = Promise.resolve();

  const steps = {
    'files of erased rooms could not be removed; tried again in an hour': finishErasing,
    'what crashes left half written could not be removed; tried again in an hour': async () => {
      const live = await liveBoots();
      await clearAbandoned((bootId) => live.has(bootId));
    },
  };

  const tidy = async (): Promise<void> => {
    // One that fails does not keep the other from being done.
    for (const [failure, step] of Object.entries(steps)) {
      await step().catch((error: unknown) => log.warn({ err: error }, failure));
    }
    if (!stopped) timer = setTimeout(start, EVERY_MS);
  };
  const start = (): void => {
    tidying = tidy();
  };

  return {
    start,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await tidying;
    },
  };
};
