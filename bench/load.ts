// npm run bench:load [-- runs]
// How long it takes to load a room, and how much memory, in a process that has never seen it: a debate of three hours and a room
// at its ceilings, beside the same rows read by the driver alone; and from the journal alone, as after a change of STATE_SHAPE.
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { pino } from 'pino';
import { summaryOf } from '../processes/percentiles.ts';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { createJournal } from '../src/infra/postgres/journal.ts';
import { migrate } from '../src/infra/postgres/migrate.ts';
import { createPool } from '../src/infra/postgres/pool.ts';
import { createPrisma } from '../src/infra/postgres/prisma.ts';
import { createRoomStore } from '../src/infra/postgres/room-store.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';
import { createStudyStore } from '../src/infra/postgres/study-store.ts';
import type { StudyContent } from '../src/protocol/study.ts';
import type { StoredCommit } from '../src/room/commands.ts';
import { storedStateOf } from '../src/room/stored-state.ts';
import type { How, Loaded } from './load-once.ts';
import { historyOf, LONG_DEBATES } from './long-debates.ts';

const runs = Number(process.argv[2] ?? 20);
const RUNS_WITHOUT_SNAPSHOT = 3;
const COMMITS_A_STATEMENT = 200;
const log = pino({ level: 'warn' });
const run = promisify(execFile);

const addRoom = async (pool: pg.Pool, content: StudyContent): Promise<string> => {
  const prisma = createPrisma(pool);
  const [studyId, roomId] = [randomUUID(), randomUUID()];
  const createdAt = 1_800_000_000_000;
  const about = { studyVersion: 1, createdAt, expiresAt: createdAt + 86_400_000 };
  await createStudyStore(prisma).add({ id: studyId, version: 1, content, createdAt, updatedAt: createdAt });
  await createRoomStore(prisma).add([{ ...about, id: roomId, studyId, code: randomBytes(5).toString('hex') }]);
  return roomId;
};

const writeCommits = async (pool: pg.Pool, roomId: string, commits: readonly StoredCommit[]): Promise<void> => {
  for (let begin = 0; begin < commits.length; begin += COMMITS_A_STATEMENT) {
    const rows = commits
      .slice(begin, begin + COMMITS_A_STATEMENT)
      .map(({ commitId, ...commit }) => ({ ...commit, commit_id: commitId, command: commit.command ?? null }));
    await pool.query(
      `INSERT INTO commits (room_id, version, commit_id, at, events, command)
       SELECT $1, version, commit_id, at, events, command
       FROM jsonb_to_recordset($2) AS c (version int, commit_id text, at float8, events jsonb, command jsonb)`,
      [roomId, JSON.stringify(rows)],
    );
  }
  await pool.query('UPDATE rooms SET version = $2 WHERE id = $1', [roomId, commits.length]);
};

const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

const measure = async (url: string, roomId: string, how: How, times: number) => {
  const all: Loaded[] = [];
  for (let count = 0; count < times; count += 1) {
    const script = join(import.meta.dirname, 'load-once.ts');
    const { stdout } = await run(process.execPath, ['--expose-gc', script, url, roomId, how]);
    all.push(JSON.parse(stdout));
  }
  const { p50, p95, max } = summaryOf(all.map(({ ms }) => ms));
  const median = (of: (loaded: Loaded) => number): number => summaryOf(all.map(of)).p50;
  return {
    ...{ runs: times, 'p50 ms': p50.toFixed(1), 'p95 ms': p95.toFixed(1), 'max ms': max.toFixed(1) },
    'CPU ms': median(({ cpuMs }) => cpuMs).toFixed(1),
    'kept MB': mb(median(({ keptBytes }) => keptBytes)),
    'peak MB': mb(median(({ peakBytes }) => peakBytes)),
  };
};

const dataDir = await mkdtemp(join(tmpdir(), 'trialogue-bench-'));
const server = await startEmbeddedPostgres({ dataDir, log, isInUse: isServerLocked });
try {
  await migrate(server.url, join(import.meta.dirname, '../prisma/migrations'));
  const pool = createPool(server.url, { max: 4, log });
  const journal = createJournal({
    ...{ pool, log },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
  });
  const rows: object[] = [];
  for (const debate of LONG_DEBATES) {
    const roomId = await addRoom(pool, debate.content);
    const { commits, snapshot } = historyOf(debate, roomId);
    await writeCommits(pool, roomId, commits);
    const state = storedStateOf(snapshot);
    const { version, commitId = '' } = snapshot;
    await journal.keepSnapshot(roomId, { version, commitId, state });
    await pool.query('VACUUM ANALYZE');
    const about = { room: debate.name, commits: commits.length, 'state MB': mb(Buffer.byteLength(state)) };
    rows.push({ ...about, read: 'by the driver', ...(await measure(server.url, roomId, 'bare', runs)) });
    rows.push({ ...about, read: 'as a room', ...(await measure(server.url, roomId, 'room', runs)) });
    await pool.query('DELETE FROM room_snapshots');
    rows.push({
      ...{ ...about, read: 'without snapshot' },
      ...(await measure(server.url, roomId, 'room', RUNS_WITHOUT_SNAPSHOT)),
    });
  }
  console.table(rows);
  await journal.close();
  await pool.end();
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}
