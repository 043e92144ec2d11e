// What every adapter of the SharedValues port must do on one node.
import { afterEach, describe, expect, it } from 'vitest';
import type { SharedValues } from '../../src/rooms/presence/ports.ts';

/** A map of whole numbers. */
export const describeSharedValues = (name: string, create: () => Promise<SharedValues<number>>): void => {
  describe(`shared values: ${name}`, () => {
    const ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.splice(0)) end();
    });

    const watching = async (...roomIds: string[]): Promise<SharedValues<number>> => {
      const map = await create();
      for (const roomId of roomIds) ends.push(map.watch(roomId));
      await Promise.all(roomIds.map((roomId) => map.filled(roomId)));
      return map;
    };
    const entries = (map: SharedValues<number>, roomId: string) => Object.fromEntries(map.of(roomId));

    it('knows nobody before anything is set', async () => {
      const map = await watching('a');
      expect(entries(map, 'a')).toEqual({});
      expect(entries(map, 'never watched')).toEqual({});
    });

    it('knows at once what was set last of each', async () => {
      const map = await watching('a');
      map.set('a', 'p', 1);
      map.set('a', 'q', 2);
      map.set('a', 'p', 3);
      expect(entries(map, 'a')).toEqual({ p: 3, q: 2 });
      map.set('a', 'p', 1);
      expect(entries(map, 'a')).toEqual({ p: 1, q: 2 });
    });

    it('forgets who is deleted, who may be set again', async () => {
      const map = await watching('a');
      map.set('a', 'p', 1);
      map.set('a', 'q', 2);
      map.delete('a', 'p');
      map.delete('a', 'p');
      map.delete('a', 'somebody else');
      expect(entries(map, 'a')).toEqual({ q: 2 });
      map.set('a', 'p', 3);
      expect(entries(map, 'a')).toEqual({ p: 3, q: 2 });
    });

    it('keeps rooms apart', async () => {
      const map = await watching('a', 'b');
      map.set('a', 'p', 1);
      map.set('b', 'p', 3);
      map.delete('a', 'p');
      expect(entries(map, 'a')).toEqual({});
      expect(entries(map, 'b')).toEqual({ p: 3 });
    });

    it('takes names that every object inherits for names', async () => {
      const map = await watching('a', '__proto__');
      map.set('a', '__proto__', 1);
      map.set('__proto__', 'constructor', 2);
      expect([...map.of('a')]).toEqual([['__proto__', 1]]);
      expect([...map.of('__proto__')]).toEqual([['constructor', 2]]);
    });

    it('is watched by several at once, and each ends its watch once', async () => {
      const map = await watching('a');
      const end = map.watch('a');
      map.set('a', 'p', 1);
      end();
      end();
      expect(entries(map, 'a')).toEqual({ p: 1 });
    });

    it('reports no change that was made here', async () => {
      const map = await watching('a');
      const heard: unknown[] = [];
      map.onChange((...change) => heard.push(change));
      map.set('a', 'p', 1);
      map.delete('a', 'p');
      await map.filled('a');
      expect(heard).toEqual([]);
    });
  });
};
