// Removes every file of a room.
import { dirname } from 'node:path/posix';
import type { BlobStore } from './ports.ts';

/** `folders`: of the room's recordings, recordings/YYYY-MM-DD/<roomId>/<recordingId>; the room's own go with them. */
export const createEraseFiles =
  (blobs: Pick<BlobStore, 'deletePrefix'>) =>
  async (folders: readonly string[]): Promise<void> => {
    for (const folder of new Set(folders.map(dirname))) await blobs.deletePrefix(folder);
  };
