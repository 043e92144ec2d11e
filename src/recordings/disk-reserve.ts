// How much space is left on the disk of recordings. The database is often on the same disk and cannot commit when it is full, so new
// chunks are refused while there is still a reserve; they wait in the browsers.
import type { StorageSpace } from './ports.ts';

const GIB = 1024 ** 3;
/** No disk writes as much as the reserve in so short a time. */
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
