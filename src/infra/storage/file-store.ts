// Blobs as files below one folder. Durable means: the bytes, the name and every folder on the way are fsynced before `put`
// resolves. Keys are made by the server, yet checked again: nothing outside the folder is ever touched.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError } from '../../protocol/app-error.ts';
import { BlobMissing, type BlobStore, type RecordingStore } from '../../recordings/ports.ts';
import { makeFolders } from './make-folders.ts';

/** Half-written files and half-removed folders; on the same file system, so that a rename is one step. */
const UNFINISHED = '.unfinished';
/** Files without the boot id of a process: from former builds, or from the self-test of a node that is starting. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;
const MAX_TRIES = 5;
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

interface FileStoreOptions {
  readonly folder: string;
  /** Of this process, if it is a node: its half-written files are cleared by other nodes after its death, or at its next start. */
  readonly bootId?: () => string;
}

export const createFileStore = ({ folder, bootId }: FileStoreOptions): RecordingStore => {
  const root = resolve(folder);
  const unfinished = join(root, UNFINISHED);
  /** Folders that are being made: whoever needs one meanwhile waits until it is durable too. */
  const making = new Map<string, Promise<void>>();

  const pathOf = (key: string): string => {
    const path = resolve(root, key);
    if (!KEY.test(key) || key.length > 500 || !path.startsWith(root + sep)) {
      throw new Error(`a storage key must be a relative path of plain names, this one is not: ${JSON.stringify(key)}`);
    }
    return path;
  };

  const temporaryName = (): string => join(unfinished, bootId ? `${bootId()}.${randomUUID()}` : randomUUID());

  const makeFolder = async (path: string): Promise<void> => {
    const first = await makeFolders(path);
    if (first === undefined) return;
    // A folder's name stands in its parent. The whole chain is synced: somebody else may just have made a part of it.
    let parent = first.length < root.length ? dirname(first) : root;
    for (const name of path.slice(parent.length).split(sep).filter(Boolean)) {
      await syncFolder(parent);
      parent = join(parent, name);
    }
  };

  const ensureFolder = (path: string): Promise<void> => {
    const running = making.get(path);
    if (running) return running;
    const made = makeFolder(path).finally(() => making.delete(path));
    making.set(path, made);
    return made;
  };

  const writeDurably = async (path: string, source: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> => {
    const handle = await open(path, 'wx', 0o600);
    try {
      if (source instanceof Uint8Array) await handle.writeFile(source);
      else for await (const part of source) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };

  const moveDurably = async (from: string, to: string): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await ensureFolder(dirname(to));
        await rename(from, to);
        break;
      } catch (error) {
        // Somebody removed the folder in between, perhaps just after it was in the way of being made: what is put after a
        // removal is there again.
        const isRemoved = isMissing(error) || codeOf(error) === 'EEXIST';
        if (!isRemoved || tries === MAX_TRIES) throw error;
      }
    }
    try {
      await syncFolder(dirname(to));
    } catch (error) {
      // Removed right after: nothing is left that could be made durable.
      if (!isMissing(error)) throw error;
    }
  };

  /** Folders hold ids of rooms: those that became empty go too. */
  const removeEmptyAbove = async (path: string): Promise<void> => {
    for (let above = dirname(path); above !== root; above = dirname(above)) {
      try {
        await rmdir(above);
      } catch {
        // Not empty, or gone already: all above it is somebody else's.
        return;
      }
    }
  };

  const putBy = async (temporary: string, key: string, source: Uint8Array | AsyncIterable<Uint8Array>) => {
    const path = pathOf(key);
    await ensureFolder(unfinished);
    try {
      await writeDurably(temporary, source);
      await moveDurably(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };

  const store: BlobStore = {
    put: (key, source) => putBy(temporaryName(), key, source),

    async *open(key, range) {
      try {
        yield* createReadStream(pathOf(key), range);
      } catch (error) {
        throw isMissing(error) ? new BlobMissing(key) : error;
      }
    },

    async size(key) {
      try {
        return (await stat(pathOf(key))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async deletePrefix(prefix) {
      const path = pathOf(prefix);
      const removed = temporaryName();
      await ensureFolder(unfinished);
      try {
        // Taken away as a whole first: an upload under way could otherwise fill the folder while it is being emptied.
        await rename(path, removed);
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      await syncFolder(dirname(path));
      await rm(removed, { recursive: true, force: true });
      await removeEmptyAbove(path);
    },

    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await removeEmptyAbove(path);
    },
  };

  const isAbandoned = async (name: string, isLive: (bootId: string) => boolean): Promise<boolean> => {
    const [owner, rest] = name.split('.');
    if (owner !== undefined && rest !== undefined) return !isLive(owner);
    const found = await stat(join(unfinished, name)).catch((error: unknown) => {
      // Another node has just finished it.
      if (!isMissing(error)) throw error;
    });
    return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
  };

  return {
    ...store,
    async space() {
      const { bavail, blocks, bsize } = await statfs(root);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    },
    async clearAbandoned(isLive) {
      await ensureFolder(unfinished);
      for (const name of await readdir(unfinished)) {
        if (await isAbandoned(name, isLive)) await rm(join(unfinished, name), { recursive: true, force: true });
      }
    },
    async check() {
      const key = `self-test/${randomUUID()}`;
      try {
        // Without the boot id: this node is not in the list of nodes yet, and others would clear its file.
        await putBy(join(unfinished, randomUUID()), key, Buffer.from(key));
        let read = '';
        for await (const part of store.open(key)) read += Buffer.from(part).toString();
        if (read !== key) throw new Error('it gave back other bytes than were put into it');
        await store.delete(key);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new AppError(
          'storage_unusable',
          `The storage folder ${root} (STORAGE_URL) cannot be used: ${reason}. Make it writable, or choose another.`,
          { cause },
        );
      }
    },
  };
};
