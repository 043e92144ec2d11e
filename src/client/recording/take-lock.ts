// A take belongs to the tab that writes or sends it, until it is over: another tab must not complete it under its hands. A lock
// ends with its tab, also in a crash. A browser whose locks are absent or broken has none, and the takes go up all the same.
import type { LocalTime } from '../clock/local-time.ts';
import { withinLimit } from '../clock/time-limit.ts';

export type Release = () => void;

const LIMIT_MS = 1_000;

const nameOf = (takeId: string): string => `trialogue-take-${takeId}`;

/** Resolves when the lock is ours, or with undefined when it is another's and `ifAvailable` is asked for. */
const request = (takeId: string, ifAvailable: boolean): Promise<Release | undefined> =>
  new Promise((resolve, reject) => {
    const { locks } = navigator;
    if (!locks) throw new Error('no locks');
    locks
      .request(nameOf(takeId), { ifAvailable }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });

const NO_LOCK: Release = () => {};

/** Of a take that this tab has just begun: nobody else can know of it yet. */
export const holdTake = (takeId: string): Release => {
  const held = request(takeId, false).catch(() => NO_LOCK);
  return () => void held.then((release) => release?.());
};

/** Ours now, or another tab's: then `freed` says when it has become ours. */
export const lockTake = async (
  time: LocalTime,
  takeId: string,
): Promise<{ readonly release: Release } | { readonly freed: Promise<Release> }> => {
  try {
    const release = await withinLimit(time, LIMIT_MS, () => request(takeId, true));
    if (release) return { release };
  } catch {
    return { release: NO_LOCK };
  }
  return { freed: request(takeId, false).then((release) => release ?? NO_LOCK) };
};
