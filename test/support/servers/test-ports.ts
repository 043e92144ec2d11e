// What an assembled node stands on in tests: the real adapters of a lone node, on a database of the test's own. A test replaces
// the ports that it plays itself.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createAttemptLimiter } from '../../../src/access/attempt-limiter.ts';
import { createLocalCopies } from '../../../src/infra/memory/local-copies.ts';
import { createLocalValues } from '../../../src/infra/memory/local-values.ts';
import { createApiKeyStore } from '../../../src/infra/postgres/api-key-store.ts';
import { createChunkLedger } from '../../../src/infra/postgres/chunk-ledger.ts';
import { createJournal } from '../../../src/infra/postgres/journal.ts';
import { createPool } from '../../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../../src/infra/postgres/prisma.ts';
import { createRoomResults } from '../../../src/infra/postgres/room-results.ts';
import { createRoomStore } from '../../../src/infra/postgres/room-store.ts';
import { createSignalingInstances } from '../../../src/infra/postgres/signaling-instances.ts';
import { createStudyStore } from '../../../src/infra/postgres/study-store.ts';
import { createTelemetryReader } from '../../../src/infra/postgres/telemetry-reader.ts';
import { createTelemetryWriter } from '../../../src/infra/postgres/telemetry-writer.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import { systemTimers } from '../../../src/infra/process/system-timers.ts';
import { createFileStore } from '../../../src/infra/storage/file-store.ts';
import { createLoneNode } from '../../../src/rooms/presence/nodes.ts';
import type { VoiceStatus } from '../../../src/rooms/presence/ports.ts';
import { witnessRegistry } from './own-client-witness.ts';

interface TestPortsOptions {
  readonly databaseUrl: string;
  /** Of recordings. */
  readonly folder: string;
  readonly log: Logger;
}

export const openTestPorts = ({ databaseUrl, folder, log }: TestPortsOptions) => {
  const clock = createSystemClock();
  const pool = createPool(databaseUrl, { max: 8, log });
  const prisma = createPrisma(pool);
  const journal = createJournal({ pool, clock, log });
  const telemetry = createTelemetryWriter({ pool, log });
  const store = createFileStore({ folder });
  const metrics = new Registry();
  witnessRegistry(metrics);
  const ports = {
    ...{ clock, journal, telemetry, store, metrics, log },
    copies: createLocalCopies(),
    timers: systemTimers,
    nodes: createLoneNode(randomUUID(), async () => true),
    bus: undefined,
    newId: randomUUID,
    pause: (ms: number): Promise<unknown> => delay(ms),
    voice: createLocalValues<VoiceStatus>(),
    roundTrips: createLocalValues<number>(),
    instances: createSignalingInstances(pool),
    studies: createStudyStore(prisma),
    studyRooms: createRoomStore(prisma),
    results: createRoomResults({ prisma, now: clock.now }),
    storedTelemetry: createTelemetryReader(prisma),
    apiKeys: createApiKeyStore(prisma),
    ledger: createChunkLedger(prisma),
    limiter: createAttemptLimiter({ limit: 30, monotonic: clock.monotonic }),
    checkReady: async () => void (await pool.query('SELECT 1')),
  };
  return {
    ...{ ports, pool, prisma },
    async close() {
      await telemetry.close();
      await journal.close();
      await prisma.$disconnect();
      await pool.end();
    },
  };
};
