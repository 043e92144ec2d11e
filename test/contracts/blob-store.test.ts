import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFileStore } from '../../src/infra/storage/file-store.ts';
import { describeBlobStore } from './blob-store.contract.ts';

const temporary = () => mkdtemp(join(tmpdir(), 'trialogue-blobs-'));

describeBlobStore('files', async () => {
  const folder = await temporary();
  return {
    store: createFileStore({ folder: join(folder, 'made', 'on', 'demand') }),
    close: () => rm(folder, { recursive: true }),
  };
});

it('files: the check at start clears what a crash left long ago, and nothing else', async () => {
  const folder = await temporary();
  onTestFinished(() => rm(folder, { recursive: true }));
  const unfinished = join(folder, '.unfinished');
  await mkdir(unfinished);
  for (const name of ['old', 'new']) await writeFile(join(unfinished, name), name);
  const longAgo = new Date(Date.now() - 48 * 3_600_000);
  await utimes(join(unfinished, 'old'), longAgo, longAgo);
  await createFileStore({ folder }).check();
  expect(await readdir(unfinished)).toEqual(['new']);
});

it('files: the check at start of one node is not disturbed by what others are writing', async () => {
  const folder = await temporary();
  onTestFinished(() => rm(folder, { recursive: true }));
  const nodes = Array.from({ length: 3 }, () => createFileStore({ folder }));
  const write = async (node: number) => {
    for (let index = 0; index < 100; index += 1) await nodes[node]?.put(`${node}/${index}`, Buffer.from('bytes'));
  };
  let writing = true;
  const written = Promise.all([write(0), write(1)]).finally(() => {
    writing = false;
  });
  let checks = 0;
  for (; writing; checks += 1) await nodes[2]?.check();
  await written;
  expect(checks).toBeGreaterThan(0);
});

it('files: a folder that does not serve is said in one line', async () => {
  const folder = await temporary();
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file'), '');
  const store = createFileStore({ folder: join(folder, 'file', 'below') });
  await expect(store.check()).rejects.toThrow(/^The storage folder .*below \(STORAGE_URL\) cannot be used: /);
});
