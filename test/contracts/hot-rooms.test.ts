import { expect, it } from 'vitest';
import { createMemoryHotRooms } from '../../src/infra/memory/hot-rooms.ts';
import { describeHotRooms } from './hot-rooms.contract.ts';

describeHotRooms('memory', async () => createMemoryHotRooms());

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
