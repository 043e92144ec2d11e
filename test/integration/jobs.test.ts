// From a finished debate in the database to the report, with the real queue, database and storage, and a local AI service.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createChunkLedger } from '../../src/infra/postgres/chunk-ledger.ts';
import { createJournal, type PostgresJournal } from '../../src/infra/postgres/journal.ts';
import { createPrisma } from '../../src/infra/postgres/prisma.ts';
import { createRoomResults } from '../../src/infra/postgres/room-results.ts';
import { createFileStore } from '../../src/infra/storage/file-store.ts';
import { createSystemClock } from '../../src/infra/system-clock.ts';
import type { StageAnswer } from '../../src/protocol/rest.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import {
  askForJob,
  type DebateStores,
  finishTake,
  type SeededDebate,
  seedFinishedDebate,
} from '../support/finished-debate.ts';
import { type OpenAiServer, type ReceivedAudio, startOpenAiServer } from '../support/openai-server.ts';
import { API_KEY, startTestWorker, type TestWorker } from '../support/test-worker.ts';

let database: TestDatabase;
let storageFolder: string;
let pool: pg.Pool;
let journal: PostgresJournal;
let stores: DebateStores;
let results: ReturnType<typeof createRoomResults>;
let ai: OpenAiServer;
let worker: TestWorker | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  storageFolder = await mkdtemp(join(tmpdir(), 'trialogue-jobs-'));
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
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
  await worker?.close();
  worker = undefined;
  await ai.close();
});

afterAll(async () => {
  await journal.close();
  await pool.end();
  await rm(storageFolder, { recursive: true, force: true });
  await database.drop();
});

const startWorker = async (options: { aiUrl?: string; timeoutMs?: number } = {}): Promise<void> => {
  worker = await startTestWorker({ databaseUrl: database.url, storageFolder, ...options });
};

const stageOf = async (roomId: string, name: StageAnswer['stage']): Promise<StageAnswer> => {
  const stage = (await results.stages(roomId)).find((one) => one.stage === name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage;
};

const settled = (roomId: string, name: StageAnswer['stage'], state: StageAnswer['state']): Promise<StageAnswer> =>
  eventually(`${name} is ${state}`, async () => {
    const stage = await stageOf(roomId, name);
    return stage.state === state && stage;
  });

const reportRevision = (roomId: string, revision: number) =>
  eventually(`report revision ${revision}`, async () => {
    const report = await results.report(roomId);
    return report?.revision === revision && report;
  });

const seatOf = (debate: SeededDebate, audio: ReceivedAudio): number =>
  debate.takes.findIndex((take) => take.digest === audio.digest);

/** Each speaker says one sentence, in order of seat, 10 s apart. */
const speakInTurn = (debate: SeededDebate): void => {
  ai.speech = (audio) => {
    const seat = seatOf(debate, audio);
    const start = 5 + seat * 10;
    return [{ start, end: start + 4, text: ` Seat ${seat} speaks. ` }];
  };
};

const jobsOf = async (roomId: string) => {
  const { rows } = await pool.query<{ state: string }>("SELECT state FROM pgboss.job WHERE data->>'roomId' = $1", [
    roomId,
  ]);
  return rows.map((row) => row.state);
};

describe('from the end of a debate to its report', () => {
  test('[JB1] every take is transcribed once, merged on the room clock and analysed', async () => {
    const debate = await seedFinishedDebate(stores);
    speakInTurn(debate);
    await startWorker({ aiUrl: ai.url });
    const report = await reportRevision(debate.roomId, 1);
    await settled(debate.roomId, 'analyse', 'done');

    expect(ai.transcriptions.map((audio) => audio.digest).sort()).toEqual(
      debate.takes.map((take) => take.digest).sort(),
    );
    expect(ai.transcriptions[0]?.fields).toMatchObject({
      model: 'whisper-1',
      language: 'en',
      response_format: 'verbose_json',
    });
    expect(ai.transcriptions[0]?.authorization).toBe(`Bearer ${API_KEY}`);
    const transcript = await results.transcript(debate.roomId);
    expect(transcript?.status).toBe('complete');
    expect(
      transcript?.utterances.map(({ id, seat, fromMs, toMs, page, text }) => [id, seat, fromMs, toMs, page, text]),
    ).toEqual([
      ['u1', 0, 5_000, 9_000, 0, 'Seat 0 speaks.'],
      ['u2', 1, 15_000, 19_000, 0, 'Seat 1 speaks.'],
      ['u3', 2, 25_000, 29_000, 1, 'Seat 2 speaks.'],
    ]);
    expect(report).toMatchObject({ supported: true, status: 'complete', rejectedStatements: 0, transcriptRevision: 1 });
    expect(report.participants.map((one) => [one.nickname, one.position?.utteranceIds])).toEqual([
      ['Mina', ['u1']],
      ['Joon', ['u2']],
      ['Sora', ['u3']],
    ]);
    expect(report.provenance).toMatchObject({ model: 'gpt-test', promptTokens: 1_000, completionTokens: 200 });
    expect(report.provenance.promptVersion).toMatch(/^debate-report\/\d+#[0-9a-f]{12}$/);
    expect((await results.stages(debate.roomId)).map((one) => [one.stage, one.state, one.progress])).toEqual([
      ['recordings', 'done', 1],
      ['transcribe', 'done', 1],
      ['analyse', 'done', 1],
    ]);
    expect(await worker?.registry.metrics()).toContain('trialogue_job_stages_total{stage="analyse",result="done"} 1');
  });

  test('[JB2] asking again for the same room pays nothing, a re-run pays the analysis alone and makes a new revision', async () => {
    const debate = await seedFinishedDebate(stores);
    speakInTurn(debate);
    await startWorker({ aiUrl: ai.url });
    await reportRevision(debate.roomId, 1);
    await askForJob(pool, debate.roomId, 'once more');
    await eventually('both jobs are done', async () => {
      const states = await jobsOf(debate.roomId);
      return states.length === 2 && states.every((state) => state === 'completed');
    });
    expect([ai.transcriptions.length, ai.chats.length]).toEqual([3, 1]);

    await results.requestAnalysis(debate.roomId);
    const second = await reportRevision(debate.roomId, 2);
    expect(second.transcriptRevision).toBe(1);
    expect([ai.transcriptions.length, ai.chats.length]).toEqual([3, 2]);
  });

  test('[JB3] waits for uploads until their time is over, then uses what is there; a late upload makes new revisions', async () => {
    const debate = await seedFinishedDebate(stores, {
      unfinished: [2],
      content: { settings: { uploadTimeoutMs: 3_000 } },
    });
    ai.speech = (audio) => [{ start: 1, end: 2, text: `${audio.bytes.length} bytes` }];
    await startWorker({ aiUrl: ai.url });
    await settled(debate.roomId, 'recordings', 'waiting');
    expect(await results.report(debate.roomId)).toBeUndefined();

    const first = await reportRevision(debate.roomId, 1);
    expect(first.status).toBe('incomplete');
    const sizes = (await results.transcript(debate.roomId))?.utterances.map((utterance) => utterance.text);
    expect(sizes).toEqual(['128 bytes', '128 bytes', '64 bytes']);

    await finishTake(stores, debate, 2);
    await askForJob(pool, debate.roomId, 'completed');
    const second = await reportRevision(debate.roomId, 2);
    expect(second).toMatchObject({ status: 'complete', transcriptRevision: 2 });
    expect(ai.transcriptions).toHaveLength(4);
  });

  test('[JB4] without a key the stages say not_configured; with one the re-run carries them through', async () => {
    const debate = await seedFinishedDebate(stores);
    await startWorker();
    await settled(debate.roomId, 'transcribe', 'not_configured');
    await settled(debate.roomId, 'analyse', 'not_configured');
    expect((await stageOf(debate.roomId, 'recordings')).state).toBe('done');
    await worker?.close();

    await startWorker({ aiUrl: ai.url });
    await results.requestAnalysis(debate.roomId);
    expect((await reportRevision(debate.roomId, 1)).supported).toBe(true);
  });
});
