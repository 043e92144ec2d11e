// Studies and their versions in PostgreSQL. A study's row points at its latest version; old ones stay for the rooms made with them.
import type { Position, StoredStudy, StudyStore } from '../../studies/ports.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { jsonOf } from './json-column.ts';

type StudyRow = Prisma.StudyGetPayload<{ include: { versions: true } }>;

const LATEST = { versions: { orderBy: { version: 'desc' }, take: 1 } } as const;

const studyOf = ({ id, version, createdAt, updatedAt, versions }: StudyRow): StoredStudy => {
  const latest = versions[0];
  if (!latest) throw new Error(`study ${id} has no version`);
  return {
    id,
    version,
    content: latest.content as unknown as StoredStudy['content'],
    createdAt: createdAt.getTime(),
    updatedAt: updatedAt.getTime(),
  };
};

/** Rows after a position of a list that goes from new to old. */
export const afterPosition = (after: Position | undefined) =>
  after && {
    OR: [
      { createdAt: { lt: new Date(after.createdAt) } },
      { createdAt: new Date(after.createdAt), id: { lt: after.id } },
    ],
  };

export const createStudyStore = (prisma: PrismaClient): StudyStore => ({
  async add({ id, version, content, createdAt, updatedAt }) {
    await prisma.study.create({
      data: {
        id,
        version,
        createdAt: new Date(createdAt),
        updatedAt: new Date(updatedAt),
        versions: { create: { version, content: jsonOf(content), createdAt: new Date(createdAt) } },
      },
    });
  },

  async get(id) {
    const row = await prisma.study.findUnique({ where: { id }, include: LATEST });
    return row ? studyOf(row) : undefined;
  },

  async versions(studyId) {
    const rows = await prisma.studyVersion.findMany({ where: { studyId } });
    return new Map(rows.map(({ version, content }) => [version, content as unknown as StoredStudy['content']]));
  },

  async list(after, limit) {
    const rows = await prisma.study.findMany({
      where: { ...afterPosition(after) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
      include: LATEST,
    });
    return rows.map(studyOf);
  },

  addVersion: ({ id, version, content, updatedAt }) =>
    prisma.$transaction(async (tx) => {
      const at = new Date(updatedAt);
      // The update locks the study's row: of two writers the second finds another version and stops.
      const { count } = await tx.study.updateMany({
        where: { id, version: version - 1 },
        data: { version, updatedAt: at },
      });
      if (count === 0) return false;
      await tx.studyVersion.create({ data: { studyId: id, version, content: jsonOf(content), createdAt: at } });
      return true;
    }),
});
