// What every adapter of the ports StudyStore, RoomStore and ApiKeyStore must do.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiKeyStore } from '../../src/access/ports.ts';
import { studyContentSchema } from '../../src/protocol/study.ts';
import type { NewRoom, RoomStore, StoredStudy, StudyStore } from '../../src/studies/ports.ts';

export interface StoresUnderTest {
  readonly studies: StudyStore;
  readonly rooms: RoomStore;
  readonly apiKeys: ApiKeyStore;
  /** A recording of the room in this folder, as the journal makes it. */
  addRecording(roomId: string, path: string): Promise<void>;
  close(): Promise<void>;
}

const AT = 1_800_000_000_000;
const content = studyContentSchema.parse({ title: '토론 🎙', pages: [{ title: 'One' }], settings: { pin: '1' } });
const studyOf = (fields: Partial<StoredStudy> = {}): StoredStudy => ({
  id: randomUUID(),
  version: 1,
  content,
  createdAt: AT,
  updatedAt: AT,
  ...fields,
});

export const describeStudyStores = (name: string, create: () => Promise<StoresUnderTest>): void => {
  describe(`studies, rooms and keys: ${name}`, () => {
    let under: StoresUnderTest;
    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.close());

    const roomOf = (study: StoredStudy, fields: Partial<NewRoom> = {}): NewRoom => ({
      id: randomUUID(),
      code: randomUUID(),
      studyId: study.id,
      studyVersion: study.version,
      createdAt: AT,
      expiresAt: AT + 1_000,
      ...fields,
    });
    const studyStored = async (fields?: Partial<StoredStudy>): Promise<StoredStudy> => {
      const study = studyOf(fields);
      await under.studies.add(study);
      return study;
    };

    it('[JN1] gives the latest version and keeps all others', async () => {
      const study = await studyStored();
      expect(await under.studies.get(study.id)).toEqual(study);
      const next = { ...study, version: 2, content: { ...content, title: 'Two' }, updatedAt: AT + 5 };
      expect(await under.studies.addVersion(next)).toBe(true);
      expect(await under.studies.get(study.id)).toEqual(next);
      expect(await under.studies.versions(study.id)).toEqual(
        new Map([
          [1, content],
          [2, next.content],
        ]),
      );
      expect(await under.studies.get('none')).toBeUndefined();
      expect(await under.studies.versions('none')).toEqual(new Map());
    });

    it('[JN1] of several who make the same version one wins', async () => {
      const study = await studyStored();
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((title) =>
          under.studies.addVersion({ ...study, version: 2, content: { ...content, title } }),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const winner = ['a', 'b', 'c'][outcomes.indexOf(true)];
      expect((await under.studies.get(study.id))?.content.title).toBe(winner);
      expect(await under.studies.addVersion({ ...study, id: 'none', version: 2 })).toBe(false);
    });

    it('[JN10] lists studies newest first, ties by id, from any position', async () => {
      const far = AT + 50_000_000;
      const made: StoredStudy[] = [];
      for (const createdAt of [far, far + 1, far + 1, far + 2]) made.push(await studyStored({ createdAt }));
      const expected = made.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).map((one) => one.id);
      const first = await under.studies.list(undefined, 2);
      const rest = await under.studies.list(first[1], 2);
      expect([...first, ...rest].map((one) => one.id)).toEqual(expected);
    });

    it('[JN2] adds rooms all or none: a code that is taken stops them', async () => {
      const study = await studyStored();
      const one = roomOf(study, { label: 'L', description: 'D' });
      expect(await under.rooms.add([one])).toBe(true);
      expect(await under.rooms.get(one.id)).toEqual({ ...one, phase: 'waiting', page: 0 });
      const fresh = roomOf(study);
      expect(await under.rooms.add([fresh, roomOf(study, { code: one.code })])).toBe(false);
      expect(await under.rooms.get(fresh.id)).toBeUndefined();
    });

    it('[JN10] lists the rooms of a study or of a phase', async () => {
      const [study, other] = [await studyStored(), await studyStored()];
      const mine = [roomOf(study, { createdAt: AT + 1 }), roomOf(study, { createdAt: AT + 2 })];
      await under.rooms.add([...mine, roomOf(other)]);
      const listed = await under.rooms.list({ studyId: study.id }, undefined, 10);
      expect(listed.map((room) => room.id)).toEqual([mine[1]?.id, mine[0]?.id]);
      expect(await under.rooms.list({ studyId: study.id, phase: 'running' }, undefined, 10)).toEqual([]);
      const rest = await under.rooms.list({ studyId: study.id, phase: 'waiting' }, listed[0], 10);
      expect(rest.map((room) => room.id)).toEqual([mine[0]?.id]);
    });

    it('[JN9] erases a room and remembers the folders of its recordings, and those that were emptied for a while', async () => {
      const study = await studyStored();
      const [room, other] = [roomOf(study), roomOf(study)];
      await under.rooms.add([room, other]);
      for (const path of ['r/1', 'r/2']) await under.addRecording(room.id, path);
      await under.addRecording(other.id, 'r/3');
      expect(await under.rooms.foldersLeft(room.id)).toEqual([]);
      expect(await under.rooms.erase(room.id)).toBe(true);
      expect(await under.rooms.get(room.id)).toBeUndefined();
      expect(await under.rooms.erase(room.id)).toBe(false);
      expect((await under.rooms.foldersLeft(room.id)).sort()).toEqual(['r/1', 'r/2']);
      expect(await under.rooms.foldersLeft(other.id)).toEqual([]);
      expect(await under.rooms.erase(other.id)).toBe(true);
      expect((await under.rooms.foldersLeft()).sort()).toEqual(['r/1', 'r/2', 'r/3']);
      await under.rooms.markEmptied(['r/1', 'r/3']);
      expect(await under.rooms.foldersLeft()).toEqual(['r/2']);
      await under.rooms.forgetEmptied(60_000);
      expect((await under.rooms.foldersEmptied()).sort()).toEqual(['r/1', 'r/3']);
      await under.rooms.forgetEmptied(0);
      expect([await under.rooms.foldersEmptied(), await under.rooms.foldersLeft()]).toEqual([[], ['r/2']]);
      expect(await under.rooms.erase('none')).toBe(false);
    });

    it('[SE3] finds a key by its digest until it is revoked, and remembers when that was', async () => {
      const key = { id: randomUUID(), name: 'K', prefix: 'tri_abc', hash: randomUUID(), createdAt: AT };
      await under.apiKeys.add(key);
      expect(await under.apiKeys.activeOfHash(key.hash)).toEqual(key);
      expect(await under.apiKeys.activeOfHash('another')).toBeUndefined();
      expect(await under.apiKeys.revoke(key.id, AT + 1)).toBe(true);
      expect(await under.apiKeys.activeOfHash(key.hash)).toBeUndefined();
      expect(await under.apiKeys.revoke(key.id, AT + 2)).toBe(true);
      expect(await under.apiKeys.list()).toEqual([{ ...key, revokedAt: AT + 1 }]);
      expect(await under.apiKeys.revoke('none', AT)).toBe(false);
    });
  });
};
