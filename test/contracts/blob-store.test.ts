import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
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

it('[RC12] files: what dead processes left half written is cleared, and of unnamed ones what is a day old', async () => {
  const folder = await temporary();
  onTestFinished(() => rm(folder, { recursive: true }));
  const unfinished = join(folder, '.unfinished');
  await mkdir(join(unfinished, 'dead.folder', 'below'), { recursive: true });
  for (const name of ['dead.1', 'live.1', 'own.1', 'old', 'new']) await writeFile(join(unfinished, name), name);
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  for (const name of ['old', 'live.1']) await utimes(join(unfinished, name), longAgo, longAgo);
  const store = createFileStore({ folder, bootId: () => 'own' });
  const writing = Promise.withResolvers<void>();
  const put = store.put(
    'slow',
    (async function* () {
      yield Buffer.from('half');
      await writing.promise;
      yield Buffer.from('whole');
    })(),
  );
  await eventually('half of it is written', async () => (await readdir(unfinished)).length === 7);
  await store.clearAbandoned((bootId) => bootId !== 'dead');
  expect((await readdir(unfinished)).sort()).toEqual(['live.1', 'new', 'own.1', expect.stringMatching(/^own\../)]);
  writing.resolve();
  await put;
  expect(await store.size('slow')).toBe(9);
});

it('files: folders that became empty go, those of others stay', async () => {
  const folder = await temporary();
  onTestFinished(() => rm(folder, { recursive: true }));
  const store = createFileStore({ folder });
  for (const key of ['room/a/0', 'room/b/0', 'other/c/0']) await store.put(key, Buffer.from(key));
  await store.delete('room/a/0');
  expect(await readdir(join(folder, 'room'))).toEqual(['b']);
  await store.deletePrefix('room/b');
  await store.delete('none/at/all');
  expect((await readdir(folder)).sort()).toEqual(['.unfinished', 'other']);
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
