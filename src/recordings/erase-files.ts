// Removes the files of recordings.
import type { BlobStore } from './ports.ts';

/** `folders`: as they were stored, never derived: what lies beside them may be another's. */
export const createEraseFiles =
  (blobs: Pick<BlobStore, 'deletePrefix'>) =>
  async (folders: readonly string[]): Promise<void> => {
    for (const folder of new Set(folders)) await blobs.deletePrefix(folder);
  };
