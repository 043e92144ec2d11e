import { describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createMemoryHotRooms } from '../../src/infra/memory/hot-rooms.ts';
import type { StudyContent } from '../../src/protocol/study.ts';
import type { RoomState } from '../../src/room/state.ts';
import { createTieredHotRooms } from '../../src/rooms/copies/two-level-copies.ts';
import type { HotRooms } from '../../src/rooms/ports.ts';
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

describe('memory', () => {
  const { definition: small, ...state } = roomAt('any', 1);
  /** With an answer of this many characters. */
  const room = (roomId: string, characters: number, { version = 1, content = small.content } = {}): RoomState => ({
    ...state,
    version,
    definition: { ...small, roomId, content },
    choices: { p1: { q1: { value: 'x'.repeat(characters), revision: 1, at: 1 } } },
  });
  const contentOf = (characters: number): StudyContent => ({ ...small.content, title: 'x'.repeat(characters) });
  const known = async (hotRooms: HotRooms, ...roomIds: string[]) => {
    const states = await Promise.all(roomIds.map((roomId) => hotRooms.get(roomId)));
    return roomIds.filter((_, index) => states[index]);
  };

  it('[ST27] drops the room that was used longest ago when all take more bytes than they may', async () => {
    const hotRooms = createMemoryHotRooms({ maxBytes: 100_000 });
    await hotRooms.put(room('a', 20_000));
    await hotRooms.put(room('b', 20_000));
    await hotRooms.get('a');
    await hotRooms.put(room('c', 20_000));
    expect(await known(hotRooms, 'b', 'c', 'a')).toEqual(['c', 'a']);
    // One that is there already grows.
    await hotRooms.put(room('a', 40_000, { version: 2 }));
    expect(await known(hotRooms, 'a', 'c')).toEqual(['a']);
    expect(hotRooms.bytes()).toBeLessThan(100_000);
  });

  it('[ST27] is bounded whatever is put, looked at and deleted, and counts nothing that is gone', async () => {
    const hotRooms = createMemoryHotRooms({ maxBytes: 1_000_000 });
    const contents = [contentOf(10), contentOf(50_000), contentOf(100_000)];
    for (let turn = 1; turn <= 2_000; turn += 1) {
      const roomId = `room-${(turn * 31) % 97}`;
      const content = contents[turn % 3] as StudyContent;
      if (turn % 7 === 0) await hotRooms.delete(roomId);
      else await hotRooms.put(room(roomId, (turn * 733) % 30_000, { version: turn, content }));
      expect(hotRooms.bytes()).toBeLessThanOrEqual(1_000_000);
    }
    expect(hotRooms.bytes()).toBeGreaterThan(500_000);
    for (let index = 0; index < 97; index += 1) await hotRooms.delete(`room-${index}`);
    expect(hotRooms.bytes()).toBe(0);
  });

  it('[ST27] counts the content of a study once for all its rooms', async () => {
    const hotRooms = createMemoryHotRooms({ maxBytes: 400_000 });
    const content = contentOf(100_000);
    const rooms = Array.from({ length: 50 }, (_, index) => `room-${index}`);
    for (const roomId of rooms) await hotRooms.put(room(roomId, 100, { content }));
    expect(await known(hotRooms, ...rooms)).toEqual(rooms);
    for (const roomId of rooms.slice(1)) await hotRooms.delete(roomId);
    expect(hotRooms.bytes()).toBeGreaterThan(200_000);
  });

  it('[ST27] does not keep a room that is larger than all may be together, and leaves the others', async () => {
    const hotRooms = createMemoryHotRooms({ maxBytes: 100_000 });
    await hotRooms.put(room('a', 1_000));
    await hotRooms.put(room('giant', 60_000));
    await hotRooms.put(room('reader', 10, { content: contentOf(60_000) }));
    expect(await known(hotRooms, 'a', 'giant', 'reader')).toEqual(['a']);
    // Nor as it was before.
    await hotRooms.put(room('a', 60_000, { version: 2 }));
    expect(await known(hotRooms, 'a')).toEqual([]);
    expect(hotRooms.bytes()).toBe(0);
  });
});
