// The rooms' rows in PostgreSQL: what lists show. The columns of a live room are kept up to date by the journal.
import type { RoomPhase } from '../../protocol/phases.ts';
import type { RoomStore, StoredRoom } from '../../studies/ports.ts';
import { Prisma, type PrismaClient, type Room } from './generated/client.ts';
import { afterPosition } from './study-store.ts';

const roomOf = (row: Room): StoredRoom => ({
  id: row.id,
  code: row.code,
  studyId: row.studyId,
  studyVersion: row.studyVersion,
  ...(row.label !== null && { label: row.label }),
  ...(row.description !== null && { description: row.description }),
  phase: row.phase as RoomPhase,
  page: row.page,
  createdAt: row.createdAt.getTime(),
  expiresAt: row.expiresAt.getTime(),
  ...(row.startedAt && { startedAt: row.startedAt.getTime() }),
  ...(row.endedAt && { endedAt: row.endedAt.getTime() }),
});

const UNIQUE_VIOLATION = 'P2002';
const ERASE_TIMEOUT_MS = 30_000;

/** Rows that one statement deletes: what others commit meanwhile waits for the disk no longer than usual. */
const ERASED_AT_ONCE = 5_000;

/**
 * A room may have hundreds of thousands of measurements: in one go with the room they would take longer than a statement may,
 * and hold its row all the while. People who are still in the room go on measuring; that is left to the end, it is little.
 */
const eraseMeasurements = async (prisma: PrismaClient, roomId: string): Promise<void> => {
  const { _max: newest } = await prisma.telemetry.aggregate({ where: { roomId }, _max: { id: true } });
  const { id: last } = newest;
  if (last === null) return;
  let erased: number;
  do {
    erased = await prisma.$executeRaw`
      DELETE FROM telemetry WHERE id IN (
        SELECT id FROM telemetry WHERE room_id = ${roomId} AND id <= ${last} LIMIT ${ERASED_AT_ONCE}
      )`;
  } while (erased > 0);
};

export const createRoomStore = (prisma: PrismaClient): RoomStore => ({
  async add(rooms) {
    try {
      await prisma.room.createMany({
        data: rooms.map(({ createdAt, expiresAt, ...room }) => ({
          ...room,
          createdAt: new Date(createdAt),
          expiresAt: new Date(expiresAt),
          // A room that nobody ever enters expires too: the scan for due deadlines finds it.
          nextDeadlineAt: expiresAt,
        })),
      });
      return true;
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  },

  async get(id) {
    const row = await prisma.room.findUnique({ where: { id } });
    return row ? roomOf(row) : undefined;
  },

  async list(filter, after, limit) {
    const rows = await prisma.room.findMany({
      where: { ...filter, ...afterPosition(after) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map(roomOf);
  },

  // The journal needs the room's row for every commit, and commits of many rooms wait together: nothing slow happens while
  // it is locked. The files are removed later, by whoever reads `foldersLeft`. An upload under way waits for its recording's
  // row, finds it gone and removes its own bytes.
  async erase(id) {
    await eraseMeasurements(prisma, id);
    return prisma.$transaction(
      async (tx) => {
        // Locked first: a recording that is being begun is there when its folder is looked for.
        const locked = await tx.$queryRaw<unknown[]>`SELECT id FROM rooms WHERE id = ${id} FOR UPDATE`;
        if (locked.length === 0) return false;
        await tx.$executeRaw`
          INSERT INTO folders_left (path, room_id) SELECT DISTINCT path, room_id FROM recordings WHERE room_id = ${id}`;
        await tx.$executeRaw`DELETE FROM rooms WHERE id = ${id}`;
        return true;
      },
      { timeout: ERASE_TIMEOUT_MS },
    );
  },

  async foldersLeft(roomId) {
    const rows = await prisma.folderLeft.findMany({
      where: { emptiedAt: null, ...(roomId !== undefined && { roomId }) },
    });
    return rows.map((row) => row.path);
  },

  async markEmptied(folders) {
    await prisma.$executeRaw`
      UPDATE folders_left SET emptied_at = now() WHERE path = ANY(${[...folders]}) AND emptied_at IS NULL`;
  },

  async foldersEmptied() {
    const rows = await prisma.folderLeft.findMany({ where: { emptiedAt: { not: null } } });
    return rows.map((row) => row.path);
  },

  async forgetEmptied(emptiedAgoMs) {
    await prisma.$executeRaw`
      DELETE FROM folders_left WHERE emptied_at < now() - ${emptiedAgoMs}::float8 * interval '1 millisecond'`;
  },
});
