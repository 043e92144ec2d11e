import { describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createLocalCopies } from '../../src/infra/memory/local-copies.ts';
import type { StudyContent } from '../../src/protocol/study.ts';
import type { RoomState } from '../../src/room/state.ts';
import type { RoomCopies } from '../../src/rooms/copies/ports.ts';
import { createTwoLevelCopies } from '../../src/rooms/copies/two-level-copies.ts';
import { describeRoomCopies, roomAt } from './room-copies.contract.ts';

const TRUE_TO_ALL = { includes: async () => true };

describeRoomCopies('memory', async () => createLocalCopies());
describeRoomCopies('own in front of shared', async () =>
  createTwoLevelCopies({ own: createLocalCopies(), shared: createLocalCopies(), journal: TRUE_TO_ALL }),
);

it('own in front of shared: what one node puts, another gets', async () => {
  const shared = createLocalCopies();
  const [one, other] = [shared, shared].map((each) =>
    createTwoLevelCopies({ own: createLocalCopies(), shared: each, journal: TRUE_TO_ALL }),
  ) as [RoomCopies, RoomCopies];
  await one.put(roomAt('a', 3));
  expect(await other.get('a')).toEqual(roomAt('a', 3));
});

it('[NO11] own in front of shared: what the journal does not know is dropped, and does not stay in the way', async () => {
  const shared = createLocalCopies();
  await shared.put(roomAt('a', 9));
  const restored = { includes: async (_: string, version: number) => version < 9 };
  const rooms = createTwoLevelCopies({ own: createLocalCopies(), shared, journal: restored });
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
  const rooms = createTwoLevelCopies({
    journal: TRUE_TO_ALL,
    own: createLocalCopies(),
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
  const known = async (copies: RoomCopies, ...roomIds: string[]) => {
    const states = await Promise.all(roomIds.map((roomId) => copies.get(roomId)));
    return roomIds.filter((_, index) => states[index]);
  };

  it('[ST27] drops the room that was used longest ago when all take more bytes than they may', async () => {
    const copies = createLocalCopies({ maxBytes: 100_000 });
    await copies.put(room('a', 20_000));
    await copies.put(room('b', 20_000));
    await copies.get('a');
    await copies.put(room('c', 20_000));
    expect(await known(copies, 'b', 'c', 'a')).toEqual(['c', 'a']);
    // One that is there already grows.
    await copies.put(room('a', 40_000, { version: 2 }));
    expect(await known(copies, 'a', 'c')).toEqual(['a']);
    expect(copies.bytes()).toBeLessThan(100_000);
  });

  it('[ST27] is bounded whatever is put, looked at and deleted, and counts nothing that is gone', async () => {
    const copies = createLocalCopies({ maxBytes: 1_000_000 });
    const contents = [contentOf(10), contentOf(50_000), contentOf(100_000)];
    for (let turn = 1; turn <= 2_000; turn += 1) {
      const roomId = `room-${(turn * 31) % 97}`;
      const content = contents[turn % 3] as StudyContent;
      if (turn % 7 === 0) await copies.delete(roomId);
      else await copies.put(room(roomId, (turn * 733) % 30_000, { version: turn, content }));
      expect(copies.bytes()).toBeLessThanOrEqual(1_000_000);
    }
    expect(copies.bytes()).toBeGreaterThan(500_000);
    for (let index = 0; index < 97; index += 1) await copies.delete(`room-${index}`);
    expect(copies.bytes()).toBe(0);
  });

  it('[ST27] counts the content of a study once for all its rooms', async () => {
    const copies = createLocalCopies({ maxBytes: 400_000 });
    const content = contentOf(100_000);
    const rooms = Array.from({ length: 50 }, (_, index) => `room-${index}`);
    for (const roomId of rooms) await copies.put(room(roomId, 100, { content }));
    expect(await known(copies, ...rooms)).toEqual(rooms);
    for (const roomId of rooms.slice(1)) await copies.delete(roomId);
    expect(copies.bytes()).toBeGreaterThan(200_000);
  });

  it('[ST27] does not keep a room that is larger than all may be together, and leaves the others', async () => {
    const copies = createLocalCopies({ maxBytes: 100_000 });
    await copies.put(room('a', 1_000));
    await copies.put(room('giant', 60_000));
    await copies.put(room('reader', 10, { content: contentOf(60_000) }));
    expect(await known(copies, 'a', 'giant', 'reader')).toEqual(['a']);
    // Nor as it was before.
    await copies.put(room('a', 60_000, { version: 2 }));
    expect(await known(copies, 'a')).toEqual([]);
    expect(copies.bytes()).toBe(0);
  });
});
