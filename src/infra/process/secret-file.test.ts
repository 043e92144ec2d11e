import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { secretOf } from './secret-file.ts';

/** What was made durable, in order, and what stood in the folder then: no test can pull the plug. */
const synced = vi.hoisted((): { path: string; names: string[] }[] => []);
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const open: typeof fs.open = async (path, ...rest) => {
    const handle = await fs.open(path, ...rest);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      await sync();
      const isFolder = (await handle.stat()).isDirectory();
      synced.push({ path: String(path), names: isFolder ? await fs.readdir(path.toString()) : [] });
    };
    return handle;
  };
  return { ...fs, open };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trialogue-secret-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('makes a secret once, for its owner alone', async () => {
  const first = await secretOf(folder, 'auth-secret');
  expect(first.created).toBe(true);
  expect(first.secret.length).toBeGreaterThanOrEqual(43);
  expect(await secretOf(folder, 'auth-secret')).toEqual({ secret: first.secret, created: false });
  expect(await readdir(folder)).toEqual(['auth-secret']);
  expect((await stat(join(folder, 'auth-secret'))).mode & 0o777).toBe(0o600);
  expect((await readFile(join(folder, 'auth-secret'), 'utf8')).trim()).toBe(first.secret);
});

it('has made its bytes durable, then its name, before it gives it away', async () => {
  synced.length = 0;
  await secretOf(folder, 'auth-secret');
  expect(synced).toEqual([
    { path: join(folder, 'auth-secret.new'), names: [] },
    { path: folder, names: ['auth-secret'] },
  ]);
});
