// What every adapter of the BlobStore port must do.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlobMissing, type BlobStore, type ByteRange } from '../../src/recordings/ports.ts';

export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  close(): Promise<void>;
}

const read = async (store: BlobStore, key: string, range?: ByteRange): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of store.open(key, range)) parts.push(part);
  return Buffer.concat(parts);
};

async function* partsOf(bytes: Uint8Array, size: number, failAt = Number.POSITIVE_INFINITY) {
  for (let at = 0; at < bytes.length; at += size) {
    if (at >= failAt) throw new Error('cut off');
    yield bytes.subarray(at, at + size);
  }
}

export const describeBlobStore = (name: string, create: () => Promise<BlobStoreUnderTest>): void => {
  describe(`blob store: ${name}`, () => {
    let under: BlobStoreUnderTest;
    let store: BlobStore;
    beforeAll(async () => {
      under = await create();
      store = under.store;
    });
    afterAll(() => under.close());

    it('gives back what was put, from bytes and from a stream, empty ones too', async () => {
      const bytes = randomBytes(300_000);
      await store.put('a/bytes', bytes);
      await store.put('a/stream', partsOf(bytes, 7_000));
      await store.put('a/empty', new Uint8Array());
      expect(await read(store, 'a/bytes')).toEqual(bytes);
      expect(await read(store, 'a/stream')).toEqual(bytes);
      expect(await read(store, 'a/empty')).toEqual(Buffer.alloc(0));
      expect([await store.size('a/stream'), await store.size('a/empty')]).toEqual([300_000, 0]);
    });

    it('reads ranges, both ends included', async () => {
      await store.put('ranges', Buffer.from('0123456789'));
      expect((await read(store, 'ranges', { start: 0, end: 0 })).toString()).toBe('0');
      expect((await read(store, 'ranges', { start: 3, end: 6 })).toString()).toBe('3456');
      expect((await read(store, 'ranges', { start: 9, end: 9 })).toString()).toBe('9');
    });

    it('[RC4] keeps nothing of a source that fails, and passes its error on; what was there stays', async () => {
      const bytes = randomBytes(50);
      for (let failAt = 0; failAt < bytes.length; failAt += 1) {
        await expect(store.put('cut/new', partsOf(bytes, 1, failAt))).rejects.toThrow('cut off');
        expect(await store.size('cut/new')).toBeUndefined();
      }
      await store.put('cut/old', Buffer.from('old'));
      await expect(store.put('cut/old', partsOf(bytes, 10, 20))).rejects.toThrow('cut off');
      expect((await read(store, 'cut/old')).toString()).toBe('old');
    });

    it('replaces as a whole: whoever reads gets the old or the new bytes', async () => {
      const versions = [Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b')];
      await store.put('replaced', versions[0] ?? Buffer.alloc(0));
      const writing = Promise.all(
        versions.flatMap((bytes) => [store.put('replaced', bytes), store.put('replaced', bytes)]),
      );
      const readings = await Promise.all(Array.from({ length: 10 }, () => read(store, 'replaced')));
      await writing;
      for (const bytes of readings) expect([...new Set(bytes)]).toHaveLength(1);
    });

    it('makes many folders at once', async () => {
      const keys = Array.from({ length: 30 }, (_, index) => `deep/${index % 3}/${index % 5}/${index}`);
      await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
      for (const key of keys) expect((await read(store, key)).toString()).toBe(key);
    });

    it('says what is missing, and deletes harmlessly what is not there', async () => {
      expect(await store.size('nothing')).toBeUndefined();
      await expect(read(store, 'nothing')).rejects.toThrow(BlobMissing);
      await store.delete('nothing');
      await store.deletePrefix('no/such/folder');
    });

    it('deletes one, or everything below a folder and nothing beside it', async () => {
      for (const key of ['gone/a', 'gone/b/c', 'gone-not/a', 'single']) await store.put(key, Buffer.from(key));
      await store.delete('single');
      await store.deletePrefix('gone');
      const sizes = await Promise.all(['gone/a', 'gone/b/c', 'single', 'gone-not/a'].map((key) => store.size(key)));
      expect(sizes).toEqual([undefined, undefined, undefined, 10]);
    });

    it('survives a folder that is removed while blobs are put into it', async () => {
      for (let round = 0; round < 20; round += 1) {
        const puts = Array.from({ length: 5 }, (_, index) => store.put(`raced/deep/${index}`, Buffer.from('x')));
        const removals = [store.deletePrefix('raced'), store.deletePrefix('raced/deep')];
        await Promise.all([...puts, ...removals]);
        await store.deletePrefix('raced');
        expect(await store.size('raced/deep/0')).toBeUndefined();
      }
      await store.put('raced/deep/0', Buffer.from('again'));
      expect(await store.size('raced/deep/0')).toBe(5);
    });

    it('[SE9] refuses keys that lead elsewhere', async () => {
      for (const key of [
        '../x',
        'a/../../x',
        '/etc/passwd',
        'a//b',
        '',
        '.',
        '..',
        'a/.',
        '.hidden',
        'a\0b',
        'a\\b',
        'a/ b',
      ]) {
        await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(/storage key/);
        await expect(read(store, key)).rejects.toThrow(/storage key/);
        await expect(store.size(key)).rejects.toThrow(/storage key/);
        await expect(Promise.resolve().then(() => store.deletePrefix(key))).rejects.toThrow(/storage key/);
      }
    });
  });
};
