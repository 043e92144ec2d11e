// How much room is left where recordings lie. The database is often on the same disk, and without room it takes no commit: new
// chunks are refused before it feels anything, and wait in the browsers.
import type { StorageSpace } from './ports.ts';

const GIB = 1024 ** 3;
/** Between two looks no disk writes as much as the reserve is. */
const LOOK_EVERY_MS = 250;

export interface DiskState {
  readonly freeBytes: number;
  readonly reserveBytes: number;
}

/** Rejects when the disk does not answer. */
export type DiskReserve = () => Promise<DiskState>;

export const reserveBytesOf = (totalBytes: number): number => Math.max(GIB, Math.min(totalBytes * 0.05, 5 * GIB));

interface DiskReserveOptions {
  readonly space: () => Promise<StorageSpace>;
  readonly monotonic: () => number;
}

export const createDiskReserve = ({ space, monotonic }: DiskReserveOptions): DiskReserve => {
  let looked = Number.NEGATIVE_INFINITY;
  let state: Promise<DiskState> | undefined;
  const look = async (): Promise<DiskState> => {
    const { freeBytes, totalBytes } = await space();
    return { freeBytes, reserveBytes: reserveBytesOf(totalBytes) };
  };
  return () => {
    if (state === undefined || monotonic() - looked >= LOOK_EVERY_MS) {
      looked = monotonic();
      state = look();
      state.catch(() => {
        state = undefined;
      });
    }
    return state;
  };
};
