// Folders with all that is missing above them.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Returns the topmost one that it made; undefined when all were there. Not Node's own recursive mkdir: where a file system
 * says ENOENT below a folder that exists (/proc does) that one tries for ever, on a thread that no signal ends.
 */
export const makeFolders = async (path: string): Promise<string | undefined> => {
  const make = async (): Promise<string | undefined> => {
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if (await isFolder(path)) return undefined;
      throw error;
    }
  };
  try {
    return await make();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing || dirname(path) === path) throw error;
  }
  const first = await makeFolders(dirname(path));
  const made = await make();
  return first ?? made;
};
