// What every test of the jobs stands on: a database, a folder, a local AI service for each test, and questions to the results.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { eventually } from '../../../processes/eventually.ts';
import { createChunkLedger } from '../../../src/infra/postgres/chunk-ledger.ts';
import { createJournal, type PostgresJournal } from '../../../src/infra/postgres/journal.ts';
import { createPrisma } from '../../../src/infra/postgres/prisma.ts';
import { createRoomResults } from '../../../src/infra/postgres/room-results.ts';
import { connectionTo } from '../../../src/infra/postgres/session-settings.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import { createFileStore } from '../../../src/infra/storage/file-store.ts';
import type { StageAnswer } from '../../../src/protocol/job-answers.ts';
import type { Report } from '../../../src/protocol/report.ts';
import type { RoomResults } from '../../../src/studies/ports.ts';
import { createTestDatabase, type TestDatabase } from '../servers/database.ts';
import type { DebateStores } from './finished-debate.ts';
import { type OpenAiServer, startOpenAiServer } from './openai-server.ts';
import { startTestWorker, type TestWorker, type TestWorkerOptions } from './test-worker.ts';

export interface JobsBench {
  readonly stores: DebateStores;
  readonly results: RoomResults;
  /** A new one for each test. */
  readonly ai: OpenAiServer;
  readonly workerOptions: (overrides?: Partial<TestWorkerOptions>) => TestWorkerOptions;
  /** Closed after the test; uses the local AI service unless told otherwise. */
  startWorker(overrides?: Partial<TestWorkerOptions>): Promise<TestWorker>;
  stage(roomId: string, name: StageAnswer['stage']): Promise<StageAnswer>;
  stageIn(roomId: string, name: StageAnswer['stage'], state: StageAnswer['state']): Promise<StageAnswer>;
  report(roomId: string, revision: number, timeoutMs?: number): Promise<Report>;
  rerun(roomId: string, options?: { readonly forgetAnswers: boolean }): Promise<void>;
  /** Of a chunk, from the storage. */
  removeFile(key: string): Promise<void>;
  /** States of the room's jobs in the queue. */
  queued(roomId: string): Promise<string[]>;
}

/** Call it once in a test file, outside of its tests. */
export const createJobsBench = (): JobsBench => {
  let database: TestDatabase;
  let storageFolder: string;
  let pool: pg.Pool;
  let journal: PostgresJournal;
  let stores: DebateStores;
  let results: RoomResults;
  let ai: OpenAiServer;
  let workers: TestWorker[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    storageFolder = await mkdtemp(join(tmpdir(), 'trialogue-jobs-'));
    pool = new pg.Pool({ ...connectionTo(database.url), max: 4 });
    const prisma = createPrisma(pool);
    const clock = createSystemClock();
    journal = createJournal({ pool, clock, log: pino({ level: 'silent' }) });
    stores = { pool, journal, ledger: createChunkLedger(prisma), blobs: createFileStore({ folder: storageFolder }) };
    results = createRoomResults({ prisma, now: clock.now });
  });

  beforeEach(async () => {
    ai = await startOpenAiServer();
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    workers = [];
    await ai.close();
  });

  afterAll(async () => {
    await journal.close();
    await pool.end();
    await rm(storageFolder, { recursive: true, force: true });
    await database.drop();
  });

  const bench: JobsBench = {
    get stores() {
      return stores;
    },
    get results() {
      return results;
    },
    get ai() {
      return ai;
    },
    workerOptions: (overrides = {}) => ({ databaseUrl: database.url, storageFolder, aiUrl: ai.url, ...overrides }),
    async startWorker(overrides) {
      const worker = await startTestWorker(bench.workerOptions(overrides));
      workers.push(worker);
      return worker;
    },
    async stage(roomId, name) {
      const stage = (await results.stages(roomId)).find((one) => one.stage === name);
      if (!stage) throw new Error(`no stage ${name}`);
      return stage;
    },
    stageIn: (roomId, name, state) =>
      eventually(`${name} is ${state}`, async () => {
        const stage = await bench.stage(roomId, name);
        return stage.state === state && stage;
      }),
    report: (roomId, revision, timeoutMs) =>
      eventually(
        `report revision ${revision}`,
        async () => {
          const report = await results.report(roomId);
          return report?.revision === revision && report;
        },
        timeoutMs,
      ),
    rerun: (roomId, options = { forgetAnswers: false }) => results.requestAnalysis(roomId, options),
    removeFile: (key) => rm(join(storageFolder, key)),
    async queued(roomId) {
      const { rows } = await pool.query<{ state: string }>("SELECT state FROM pgboss.job WHERE data->>'roomId' = $1", [
        roomId,
      ]);
      return rows.map((row) => row.state);
    },
  };
  return bench;
};
