// Recordings and their chunks in PostgreSQL. The recording's row is made by the journal; here it is read, and closed once.
import type { ChunkLedger, StoredChunk, StoredRecording } from '../../recordings/ports.ts';
import type { Chunk, PrismaClient, Recording } from './generated/client.ts';

const recordingOf = (row: Recording): StoredRecording => ({
  id: row.id,
  roomId: row.roomId,
  participantId: row.participantId,
  take: row.take,
  mimeType: row.mimeType,
  path: row.path,
  startedAt: row.startedAt,
  ...(row.endedAt !== null && { endedAt: row.endedAt }),
  ...(row.chunkCount !== null && { chunkCount: row.chunkCount }),
  ...(row.digest !== null && { digest: row.digest }),
  ...(row.bytes !== null && { bytes: Number(row.bytes) }),
  ...(row.completedAt !== null && { completedAt: row.completedAt }),
});

const chunkOf = ({ index, digest, bytes, startedAt, endedAt, receivedAt }: Chunk): StoredChunk => ({
  index,
  digest,
  bytes,
  startedAt,
  endedAt,
  receivedAt,
});

export const createChunkLedger = (prisma: PrismaClient): ChunkLedger => ({
  async recording(id) {
    const row = await prisma.recording.findUnique({ where: { id } });
    return row ? recordingOf(row) : undefined;
  },

  async recordingsOfRoom(roomId) {
    const rows = await prisma.recording.findMany({
      where: { roomId },
      orderBy: [{ participantId: 'asc' }, { take: 'asc' }],
    });
    return rows.map(recordingOf);
  },

  async chunk(recordingId, index) {
    const row = await prisma.chunk.findUnique({ where: { recordingId_index: { recordingId, index } } });
    return row ? chunkOf(row) : undefined;
  },

  async chunks(recordingId) {
    const rows = await prisma.chunk.findMany({ where: { recordingId }, orderBy: { index: 'asc' } });
    return rows.map(chunkOf);
  },

  async chunksOfRoom(roomId) {
    const rows = await prisma.chunk.findMany({ where: { recording: { roomId } }, orderBy: { index: 'asc' } });
    const byRecording = new Map<string, StoredChunk[]>();
    for (const row of rows) {
      const chunks = byRecording.get(row.recordingId);
      if (chunks) chunks.push(chunkOf(row));
      else byRecording.set(row.recordingId, [chunkOf(row)]);
    }
    return byRecording;
  },

  async sumOf(roomId, participantId) {
    const { _sum, _count } = await prisma.chunk.aggregate({
      where: { recording: { roomId, participantId } },
      _sum: { bytes: true },
      _count: { index: true },
    });
    return { bytes: _sum.bytes ?? 0, chunks: _count.index };
  },

  async talliesOfRoom(roomId) {
    const [recordings, tallies] = await Promise.all([
      prisma.recording.findMany({ where: { roomId } }),
      prisma.chunk.groupBy({
        by: ['recordingId'],
        where: { recording: { roomId } },
        _count: { index: true },
        _sum: { bytes: true },
        _max: { index: true },
      }),
    ]);
    return recordings.map(({ id, participantId, chunkCount }) => {
      const tally = tallies.find((one) => one.recordingId === id);
      return {
        participantId,
        chunks: tally?._count.index ?? 0,
        bytes: tally?._sum.bytes ?? 0,
        highestIndex: tally?._max.index ?? -1,
        ...(chunkCount !== null && { chunkCount }),
      };
    });
  },

  async addChunk(recordingId, { index, digest, bytes, startedAt, endedAt, receivedAt }) {
    // FOR SHARE waits for a completion under way and then sees its outcome: no chunk slips in behind it.
    const added = await prisma.$executeRaw`
      INSERT INTO chunks (recording_id, index, digest, bytes, started_at, ended_at, received_at)
      SELECT open.id, ${index}::int, ${digest}, ${bytes}::int, ${startedAt}::float8, ${endedAt}::float8,
             ${receivedAt}::float8
      FROM (SELECT id FROM recordings WHERE id = ${recordingId} AND chunk_count IS NULL FOR SHARE) AS open
      ON CONFLICT (recording_id, index) DO NOTHING`;
    if (added === 1) return 'added';
    const [chunk, recording] = await Promise.all([
      prisma.chunk.findUnique({ where: { recordingId_index: { recordingId, index } } }),
      prisma.recording.findUnique({ where: { id: recordingId } }),
    ]);
    if (!recording) return 'gone';
    return chunk ? 'exists' : 'complete';
  },

  async complete(recordingId, { chunkCount, digest, bytes, completedAt }) {
    const [, { count }] = await prisma.$transaction([
      // Waits for chunks under way: the statement after it sees them.
      prisma.$executeRaw`SELECT FROM recordings WHERE id = ${recordingId} FOR UPDATE`,
      prisma.recording.updateMany({
        where: { id: recordingId, chunkCount: null, chunks: { none: { index: { gte: chunkCount } } } },
        data: { chunkCount, digest, bytes: BigInt(bytes), completedAt },
      }),
    ]);
    return count === 1;
  },
});
