import { expect, it } from 'vitest';
import { createMemoryHotRooms } from '../../src/infra/memory/hot-rooms.ts';
import type { HotRooms } from '../../src/rooms/ports.ts';
import { createTieredHotRooms } from '../../src/rooms/tiered-hot-rooms.ts';
import { eventually } from '../support/eventually.ts';
import { describeHotRooms, roomAt } from './hot-rooms.contract.ts';

const TRUE_TO_ALL = { includes: async () => true };

describeHotRooms('memory', async () => createMemoryHotRooms());
describeHotRooms('own in front of shared', async () =>
  createTieredHotRooms({ own: createMemoryHotRooms(), shared: createMemoryHotRooms(), journal: TRUE_TO_ALL }),
);

it('own in front of shared: what one node puts, another gets', async () => {
  const shared = createMemoryHotRooms();
  const [one, other] = [shared, shared].map((each) =>
    createTieredHotRooms({ own: createMemoryHotRooms(), shared: each, journal: TRUE_TO_ALL }),
  ) as [HotRooms, HotRooms];
  await one.put(roomAt('a', 3));
  expect(await other.get('a')).toEqual(roomAt('a', 3));
});

it('[NO11] own in front of shared: what the journal does not know is dropped, and does not stay in the way', async () => {
  const shared = createMemoryHotRooms();
  await shared.put(roomAt('a', 9));
  const restored = { includes: async (_: string, version: number) => version < 9 };
  const rooms = createTieredHotRooms({ own: createMemoryHotRooms(), shared, journal: restored });
  expect(await rooms.get('a')).toBeUndefined();
  await rooms.put(roomAt('a', 5));
  expect((await rooms.get('a'))?.version).toBe(5);
  await eventually('shared again', async () => (await shared.get('a'))?.version === 5);
});

it('own in front of shared: nobody waits for the shared copy, which is given the last state alone', async () => {
  const written: number[] = [];
  let release = () => {};
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  let deleted = false;
  const rooms = createTieredHotRooms({
    journal: TRUE_TO_ALL,
    own: createMemoryHotRooms(),
    shared: {
      get: async () => undefined,
      async put(state) {
        written.push(state.version);
        await stalled;
      },
      async delete() {
        deleted = true;
      },
    },
  });
  for (let version = 1; version <= 100; version += 1) await rooms.put(roomAt('a', version));
  expect((await rooms.get('a'))?.version).toBe(100);
  const gone = rooms.delete('a');
  release();
  await gone;
  // What came while the first was being written was overtaken by the deletion.
  expect(written).toEqual([1]);
  expect(deleted).toBe(true);
});

it('memory: drops the room that was used longest ago when it is full', async () => {
  const hotRooms = createMemoryHotRooms({ capacity: 2 });
  const room = (roomId: string) => ({ version: 1, definition: { roomId } }) as never;
  await hotRooms.put(room('a'));
  await hotRooms.put(room('b'));
  await hotRooms.get('a');
  await hotRooms.put(room('c'));
  expect(await hotRooms.get('b')).toBeUndefined();
  expect(await hotRooms.get('a')).toBeDefined();
});
