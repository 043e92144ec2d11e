// A worker with all its real parts: pg-boss, PostgreSQL, file storage, and AI services where a URL is given.
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createAnalyst } from '../../../src/infra/openai/analyst.ts';
import { createSpeechToText } from '../../../src/infra/openai/speech-to-text.ts';
import { createJobQueue } from '../../../src/infra/pgboss/job-queue.ts';
import { createAnalysisStore } from '../../../src/infra/postgres/analysis-store.ts';
import { createChunkLedger } from '../../../src/infra/postgres/chunk-ledger.ts';
import { createJournal } from '../../../src/infra/postgres/journal.ts';
import { createPool } from '../../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../../src/infra/postgres/prisma.ts';
import { createServiceForms } from '../../../src/infra/postgres/service-forms.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import { createFileStore } from '../../../src/infra/storage/file-store.ts';
import { createWorker } from '../../../src/jobs/worker.ts';

export interface TestWorkerOptions {
  readonly databaseUrl: string;
  readonly storageFolder: string;
  /** Undefined: no AI service is configured. */
  readonly aiUrl?: string | undefined;
  readonly timeoutMs?: number;
  /** How far its clock is ahead of everybody else's; negative: behind. */
  readonly clockSkewMs?: number;
}

export interface TestWorker {
  readonly registry: Registry;
  /** Again: harmless. */
  close(): Promise<void>;
}

export const API_KEY = 'sk-local-secret-key';

export const startTestWorker = async (options: TestWorkerOptions): Promise<TestWorker> => {
  const log = pino({ level: 'silent' });
  const { clockSkewMs = 0 } = options;
  const system = createSystemClock();
  const clock = { ...system, now: () => system.now() + clockSkewMs };
  const registry = new Registry();
  const pool: pg.Pool = createPool(options.databaseUrl, { max: 8, log });
  const prisma = createPrisma(pool);
  const journal = createJournal({ pool, clock, log });
  const timeoutMs = options.timeoutMs ?? 20_000;
  const service = options.aiUrl === undefined ? undefined : { apiKey: API_KEY, baseUrl: options.aiUrl };
  const forms = createServiceForms(prisma, clock.now);
  const worker = createWorker({
    journal,
    ledger: createChunkLedger(prisma),
    blobs: createFileStore({ folder: options.storageFolder }),
    store: createAnalysisStore(prisma),
    queue: createJobQueue({ pool, clock, log, concurrency: 2 }),
    speech: service && createSpeechToText({ ...service, forms, model: 'whisper-1', shortestTimeoutMs: timeoutMs }),
    analyst: service && createAnalyst({ ...service, forms, model: 'gpt-test', timeoutMs }),
    clock,
    log,
    registry,
  });
  await worker.start();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await worker.close();
    await journal.close();
    await prisma.$disconnect();
    await pool.end();
  };
  return {
    registry,
    close() {
      closed ??= close();
      return closed;
    },
  };
};
