import { expect, it } from 'vitest';
import { createMemoryHotRooms } from '../../src/infra/memory/hot-rooms.ts';
import type { HotRooms } from '../../src/rooms/ports.ts';
import { createTieredHotRooms } from '../../src/rooms/tiered-hot-rooms.ts';
import { describeHotRooms, roomAt } from './hot-rooms.contract.ts';

describeHotRooms('memory', async () => createMemoryHotRooms());
describeHotRooms('own in front of shared', async () =>
  createTieredHotRooms({ own: createMemoryHotRooms(), shared: createMemoryHotRooms() }),
);

it('own in front of shared: what one node puts, another gets', async () => {
  const shared = createMemoryHotRooms();
  const [one, other] = [shared, shared].map((each) =>
    createTieredHotRooms({ own: createMemoryHotRooms(), shared: each }),
  ) as [HotRooms, HotRooms];
  await one.put(roomAt('a', 3));
  expect(await other.get('a')).toEqual(roomAt('a', 3));
});

it('own in front of shared: nobody waits for the shared copy, which is given the last state alone', async () => {
  const written: number[] = [];
  let release = () => {};
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  let deleted = false;
  const rooms = createTieredHotRooms({
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
