// Removes what crashes leave in storage: half-written files of processes that are dead, and files of rooms that were erased.
// It runs beside everything else: nobody waits for it.
import type { Logger } from 'pino';
import type { RecordingStore } from './ports.ts';

const EVERY_MS = 3_600_000;

export interface TidyOptions {
  /** Processes that may be writing now, by boot id. */
  readonly liveBoots: () => Promise<ReadonlySet<string>>;
  readonly finishErasing: () => Promise<void>;
}

type StartOptions = TidyOptions & { readonly store: Pick<RecordingStore, 'clearAbandoned'>; readonly log: Logger };

/** Returns how to stop it, which waits for what is being removed. */
export const startTidying = ({ liveBoots, finishErasing, store, log }: StartOptions): (() => Promise<void>) => {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const steps = {
    'files of erased rooms could not be removed; tried again in an hour': finishErasing,
    'what crashes left half written could not be removed; tried again in an hour': async () => {
      const live = await liveBoots();
      await store.clearAbandoned((bootId) => live.has(bootId));
    },
  };

  const tidy = async (): Promise<void> => {
    // A step that fails does not keep the other from being done.
    for (const [failure, step] of Object.entries(steps)) {
      await step().catch((error: unknown) => log.warn({ err: error }, failure));
    }
    if (stopped) return;
    timer = setTimeout(() => {
      tidying = tidy();
    }, EVERY_MS);
  };
  let tidying = tidy();

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await tidying;
  };
};
