// The files of an erased room: removing them holds up no other room, and a crash before it is made good.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJournal, type PostgresJournal } from '../../src/infra/postgres/journal.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createRoomStore } from '../../src/infra/postgres/room-store.ts';
import { createStudyStore } from '../../src/infra/postgres/study-store.ts';
import { createFileStore } from '../../src/infra/storage/file-store.ts';
import { createEraseFiles } from '../../src/recordings/erase-files.ts';
import { createStudyRooms } from '../../src/studies/study-rooms.ts';
import { commitOf } from '../contracts/journal.contract.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from '../support/servers/database.ts';

const log = pino({ level: 'silent' });
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
let database: TestDatabase;
let pool: pg.Pool;
let prisma: ReturnType<typeof createPrisma>;
let journal: PostgresJournal;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 6, log });
  prisma = createPrisma(pool);
  journal = createJournal({ pool, clock, log });
  folder = await mkdtemp(join(tmpdir(), 'trialogue-erasing-'));
});
afterAll(async () => {
  await journal.close();
  await prisma.$disconnect();
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const studyRoomsWith = (eraseFiles: (folders: readonly string[]) => Promise<void>) =>
  createStudyRooms({
    studies: createStudyStore(prisma),
    store: createRoomStore(prisma),
    rooms: { forget: async () => {} },
    eraseFiles,
    newCode: randomUUID,
    joinUrlOf: (code) => code,
    now: clock.now,
  });

/** A room with one recording, begun by its first commit, and a chunk of it. */
const recordedRoom = async () => {
  const { roomId } = await seedRoom(pool);
  const id = randomUUID();
  const path = `recordings/2026-11-20/${roomId}/${id}`;
  const recording = { id, participantId: 'p1', take: 0, mimeType: 'audio/webm', path, startedAt: 1 };
  await journal.append(commitOf(roomId, 1, { newRecordings: [recording] }));
  await createFileStore({ folder }).put(`${path}/0`, Buffer.from('bytes'));
  return roomId;
};
const kept = () => readdir(join(folder, 'recordings/2026-11-20'));

it('[JN9] while the files of a room are removed, commits of other rooms and of this one go on', async () => {
  const [roomId, other] = [await recordedRoom(), (await seedRoom(pool)).roomId];
  const removing = Promise.withResolvers<void>();
  const removed = Promise.withResolvers<void>();
  const erased = studyRoomsWith(async (folders) => {
    removing.resolve();
    await removed.promise;
    await createEraseFiles(createFileStore({ folder }))(folders);
  }).erase(roomId);
  await removing.promise;
  const appended = await Promise.all([journal.append(commitOf(roomId, 2)), journal.append(commitOf(other, 1))]);
  expect(appended).toEqual(['conflict', 'committed']);
  removed.resolve();
  expect(await erased).toEqual({ ok: true, value: undefined });
});

it('[JN9] files that could not be removed are removed when asked again, or at the next start', async () => {
  const whole = studyRoomsWith(createEraseFiles(createFileStore({ folder })));
  const broken = studyRoomsWith(() => Promise.reject(new Error('storage is away')));
  const [first, second, living] = [await recordedRoom(), await recordedRoom(), await recordedRoom()];
  for (const roomId of [first, second]) await expect(broken.erase(roomId)).rejects.toThrow('storage is away');
  expect(await whole.get(first)).toBeUndefined();
  expect((await kept()).sort()).toEqual([first, second, living].sort());
  expect((await whole.erase(first)).ok).toBe(true);
  expect((await kept()).sort()).toEqual([second, living].sort());
  await whole.finishErasing();
  expect(await kept()).toEqual([living]);
  expect(await whole.erase(second)).toMatchObject({ ok: false, refusal: { code: 'room_not_found' } });
});

it('[RC12] a chunk that a crash left after the files were removed is removed at the next start, and then forgotten', async () => {
  const { eraseFiles, store } = {
    eraseFiles: createEraseFiles(createFileStore({ folder })),
    store: createRoomStore(prisma),
  };
  const rooms = studyRoomsWith(eraseFiles);
  const roomId = await recordedRoom();
  const { rows } = await pool.query<{ path: string }>('SELECT path FROM recordings WHERE room_id = $1', [roomId]);
  const path = rows[0]?.path ?? '';
  await rooms.erase(roomId);
  await expect(stat(join(folder, path))).rejects.toThrow('ENOENT');
  // Its bytes were there; the look at its recording never came.
  await createFileStore({ folder }).put(`${path}/1`, Buffer.from('late'));
  await rooms.finishErasing();
  await expect(stat(join(folder, path))).rejects.toThrow('ENOENT');
  expect(await store.foldersEmptied()).toContain(path);
  await pool.query("UPDATE folders_left SET emptied_at = emptied_at - interval '25 hours' WHERE path = $1", [path]);
  await rooms.finishErasing();
  expect(await store.foldersEmptied()).not.toContain(path);
});
