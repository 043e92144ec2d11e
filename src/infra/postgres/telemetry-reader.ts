// The measurements of a room, in the order in which they were stored, some at a time.
import type { StoredTelemetry, TelemetryRow } from '../../rooms/ports.ts';
import type { PrismaClient } from './generated/client.ts';

export const createTelemetryReader = (prisma: PrismaClient): StoredTelemetry => ({
  async rows(roomId, kind, { after, limit }) {
    const rows = await prisma.telemetry.findMany({
      where: { roomId, kind, id: { gt: after } },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(({ id, participantId, at, data }) => ({
      id: Number(id),
      row: { roomId, participantId, kind, at, data: data as TelemetryRow['data'] },
    }));
  },
});
