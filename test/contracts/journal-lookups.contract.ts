// What every journal must know of rooms beside their histories: what they were made with, how far they are, what is due.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Journal } from '../../src/rooms/ports.ts';
import { commitOf, type JournalStore } from './journal.contract.ts';

export const journalLookupsContract = (name: string, open: () => Promise<JournalStore>): void => {
  describe(`lookups of the journal on ${name}`, () => {
    let store: JournalStore;
    let journal: Journal;
    beforeAll(async () => {
      store = await open();
      journal = store.journal();
    });
    afterAll(() => store.close());
    const newRoom = async () => (await store.seedRoom()).roomId;

    it('knows what a room was made with, by id and by code', async () => {
      const definition = await store.seedRoom();
      expect(await journal.definition(definition.roomId)).toEqual(definition);
      expect(await journal.entrance(definition.code)).toEqual({ definition, phase: 'waiting' });
      expect(await journal.definition('nowhere')).toBeUndefined();
      expect(await journal.entrance('nowhere')).toBeUndefined();
    });

    it('knows how far a room is by its code', async () => {
      const { roomId, code } = await store.seedRoom();
      await journal.append(commitOf(roomId, 1, { summary: { phase: 'countdown', page: 0 } }));
      expect((await journal.entrance(code))?.phase).toBe('countdown');
    });

    it('[ST27] rooms of one study version share one content, read once; rooms of another have their own', async () => {
      const one = await store.seedRoom();
      const other = await store.seedRoom({ sisterOf: one });
      const fresh = store.journal();
      const [first, second, byCode] = await Promise.all([
        fresh.definition(one.roomId),
        fresh.definition(other.roomId),
        fresh.entrance(other.code),
      ]);
      expect(first?.content).toEqual(one.content);
      expect(second?.content).toBe(first?.content);
      expect(byCode?.definition.content).toBe(first?.content);
      expect((await fresh.definition(other.roomId))?.content).toBe(first?.content);
      const stranger = await fresh.definition((await store.seedRoom()).roomId);
      expect(stranger?.content).toEqual(first?.content);
      expect(stranger?.content).not.toBe(first?.content);
    });

    it('[ST24] heads are the last commits, without rooms that are gone', async () => {
      const [one, two, erased] = await Promise.all([newRoom(), newRoom(), newRoom()]);
      const last = commitOf(one, 1);
      await journal.append(last);
      await store.eraseRoom(erased);
      const heads = await journal.heads([one, two, erased, 'nowhere']);
      expect(heads).toEqual(
        new Map([
          [one, { version: 1, commitId: last.commit.commitId }],
          [two, { version: 0 }],
        ]),
      );
      expect(await journal.heads([])).toEqual(new Map());
    });

    it('due rooms are those whose deadline has come, the most overdue first', async () => {
      const rooms = await Promise.all([newRoom(), newRoom(), newRoom(), newRoom()]);
      const deadlines = [300.5, 100, 400, undefined];
      for (const [index, roomId] of rooms.entries()) {
        const due = deadlines[index];
        const summary = { phase: 'countdown', page: 0, ...(due === undefined ? {} : { nextDeadlineAt: due }) } as const;
        await journal.append(commitOf(roomId, 1, { summary }));
      }
      expect(await journal.dueRooms(300.5, 10, [])).toEqual([rooms[1], rooms[0]]);
      expect(await journal.dueRooms(300.4, 10, [])).toEqual([rooms[1]]);
      expect(await journal.dueRooms(1_000, 2, [])).toEqual([rooms[1], rooms[0]]);
      // Whoever is left out takes no place among those that are asked for.
      expect(await journal.dueRooms(1_000, 2, [rooms[1] ?? '', 'nowhere'])).toEqual([rooms[0], rooms[2]]);
      // A later commit without a deadline takes it away.
      await journal.append(commitOf(rooms[1] ?? '', 2));
      expect(await journal.dueRooms(300.5, 10, [])).toEqual([rooms[0]]);
    });

    it('live rooms have begun and are not over', async () => {
      const phases = ['waiting', 'countdown', 'running', 'ended', 'expired'] as const;
      const rooms = await Promise.all(phases.map(newRoom));
      const untouched = await newRoom();
      await Promise.all(
        rooms.map((roomId, index) =>
          journal.append(commitOf(roomId, 1, { summary: { phase: phases[index] ?? 'waiting', page: 0 } })),
        ),
      );
      const live = await journal.openRooms();
      expect(rooms.map((roomId) => live.includes(roomId))).toEqual([true, true, true, false, false]);
      expect(live).not.toContain(untouched);
    });
  });
};
