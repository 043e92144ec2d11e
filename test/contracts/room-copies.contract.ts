// What every adapter of the RoomCopies port must do.
import { describe, expect, it } from 'vitest';
import { studyContentSchema } from '../../src/protocol/study.ts';
import { initialStateOf } from '../../src/room/initial-state.ts';
import type { RoomState } from '../../src/room/state.ts';
import type { RoomCopies } from '../../src/rooms/copies/ports.ts';
import type { Journal } from '../../src/rooms/ports.ts';

export const roomAt = (roomId: string, version: number): RoomState => ({
  ...initialStateOf({
    roomId,
    code: 'ABC234',
    studyId: 'study',
    studyVersion: 1,
    content: studyContentSchema.parse({ title: 'T', pages: [{ title: '일 페이지' }] }),
    createdAt: 1_000,
    expiresAt: 2_000,
  }),
  version,
  commitId: `commit ${version}`,
});

/** What a journal knows of these rooms. */
export const definitionOf: Journal['definition'] = async (roomId) => roomAt(roomId, 0).definition;

export const describeRoomCopies = (name: string, create: () => Promise<RoomCopies>): void => {
  describe(`hot rooms: ${name}`, () => {
    it('knows nothing of a room before it is put', async () => {
      expect(await (await create()).get('nobody')).toBeUndefined();
    });

    it('gives back what was put', async () => {
      const copies = await create();
      await copies.put(roomAt('a', 3));
      expect(await copies.get('a')).toEqual(roomAt('a', 3));
    });

    it('[ST12] never lets a lower or equal version replace a higher one', async () => {
      const copies = await create();
      await copies.put(roomAt('a', 3));
      await copies.put({ ...roomAt('a', 2), page: 9 });
      await copies.put({ ...roomAt('a', 3), page: 9 });
      expect(await copies.get('a')).toEqual(roomAt('a', 3));
      await copies.put(roomAt('a', 4));
      expect((await copies.get('a'))?.version).toBe(4);
    });

    it('forgets a deleted room, which may then begin anew at any version', async () => {
      const copies = await create();
      await copies.put(roomAt('a', 3));
      await copies.delete('a');
      expect(await copies.get('a')).toBeUndefined();
      await copies.put(roomAt('a', 1));
      expect((await copies.get('a'))?.version).toBe(1);
    });

    it('keeps rooms apart', async () => {
      const copies = await create();
      await Promise.all(Array.from({ length: 50 }, (_, index) => copies.put(roomAt(`room-${index}`, index + 1))));
      expect((await copies.get('room-20'))?.version).toBe(21);
      await copies.delete('room-20');
      expect((await copies.get('room-21'))?.version).toBe(22);
    });
  });
};
