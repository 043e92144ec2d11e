import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createChunkLedger } from '../../src/infra/postgres/chunk-ledger.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createTestDatabase, seedRoom } from '../support/servers/database.ts';
import { describeChunkLedger } from './chunk-ledger.contract.ts';

describeChunkLedger('postgres', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 8, log: pino({ level: 'silent' }) });
  const prisma = createPrisma(pool);
  return {
    ledger: createChunkLedger(prisma),
    async newRecording({ roomId = undefined, participantId = 'p', take = 0 } = {}) {
      const id = randomUUID();
      const inRoom = roomId ?? (await seedRoom(pool)).roomId;
      await prisma.recording.create({
        data: {
          id,
          roomId: inRoom,
          participantId,
          take,
          mimeType: 'audio/webm',
          path: `recordings/${id}`,
          startedAt: 1,
        },
      });
      return { id, roomId: inRoom };
    },
    eraseRoom: async (roomId) => {
      await prisma.room.delete({ where: { id: roomId } });
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
      await database.drop();
    },
  };
});
