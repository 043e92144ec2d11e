import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createApiKeyStore } from '../../src/infra/postgres/api-key-store.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createRoomStore } from '../../src/infra/postgres/room-store.ts';
import { createStudyStore } from '../../src/infra/postgres/study-store.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { describeStudyStores } from './study-stores.contract.ts';

describeStudyStores('postgres', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 8, log: pino({ level: 'silent' }) });
  const prisma = createPrisma(pool);
  return {
    studies: createStudyStore(prisma),
    rooms: createRoomStore(prisma),
    apiKeys: createApiKeyStore(prisma),
    async addRecording(roomId, path) {
      await prisma.recording.create({
        data: { id: randomUUID(), roomId, participantId: 'p', take: 0, mimeType: 'audio/webm', path, startedAt: AT },
      });
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
      await database.drop();
    },
  };
});

const AT = 1_800_000_000_000;
