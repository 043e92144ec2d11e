// Appends at a steady rate over many rooms on an embedded PostgreSQL with fsync on: throughput, latency, CPU of this process.
// node bench/journal.ts [commitsPerSecond=1000] [rooms=1000] [seconds=10]
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { createJournal } from '../src/infra/postgres/journal.ts';
import { migrate } from '../src/infra/postgres/migrate.ts';
import { createPool } from '../src/infra/postgres/pool.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';

const [rate = 1_000, roomCount = 1_000, seconds = 10] = process.argv.slice(2).map(Number);
const log = pino({ level: 'warn' });
const dataDir = await mkdtemp(join(tmpdir(), 'trialogue-bench-'));
const server = await startEmbeddedPostgres({ dataDir, log, isInUse: isServerLocked });
try {
  await migrate(server.url, join(import.meta.dirname, '../prisma/migrations'));
  const pool = createPool(server.url, { max: 10, log });
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const journal = createJournal({ pool, clock, log });
  await pool.query(`INSERT INTO studies (id, version) VALUES ('study', 1)`);
  await pool.query(`INSERT INTO study_versions (study_id, version, content) VALUES ('study', 1, '{}')`);
  await pool.query(
    `INSERT INTO rooms (id, code, study_id, study_version, created_at, expires_at)
     SELECT 'room-' || n, 'code-' || n, 'study', 1, now(), now() FROM generate_series(1, $1) n`,
    [roomCount],
  );
  const versions = new Array<number>(roomCount).fill(0);

  const append = async (index: number): Promise<void> => {
    const version = (versions[index] ?? 0) + 1;
    versions[index] = version;
    const at = Date.now();
    const outcome = await journal.append({
      roomId: `room-${index + 1}`,
      commit: {
        version,
        commitId: randomUUID(),
        at,
        events: [{ type: 'page_turned', page: version % 20, turnsAt: at + 80, by: 'participant-1' }],
        command: {
          participantId: randomUUID(),
          commandId: randomUUID(),
          digest: 'a'.repeat(43),
          answer: { page: version % 20, turnsAt: at + 80 },
        },
      },
      summary: { phase: 'running', page: version % 20, startedAt: at, nextDeadlineAt: 1_900_000_000_000 },
      newRecordings: [],
      stoppedRecordings: [],
      jobs: [],
    });
    if (outcome !== 'committed') throw new Error(`${outcome} at version ${version}`);
  };
  // Open loop: what is late stays late, whatever the journal does.
  const run = async (forSeconds: number): Promise<number[]> => {
    const begin = performance.now();
    const latencies: number[] = [];
    const pending: Promise<void>[] = [];
    for (let sent = 0; sent < rate * forSeconds; ) {
      const due = Math.min(((performance.now() - begin) / 1_000) * rate, rate * forSeconds);
      for (; sent < due; sent += 1) {
        const sentAt = performance.now();
        pending.push(append(sent % roomCount).then(() => void latencies.push(performance.now() - sentAt)));
      }
      await delay(1);
    }
    await Promise.all(pending);
    return latencies;
  };
  /** CPU seconds of every PostgreSQL process of this run, from /proc. */
  const postgresCpu = async (): Promise<number> => {
    const { rows } = await pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'trialogue' OR backend_type <> 'client backend'`,
    );
    return rows.reduce((sum, { pid }) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) / 100;
    }, 0);
  };

  await run(2);
  const cpu = process.cpuUsage();
  const before = await postgresCpu();
  const begin = performance.now();
  const statements = await pool.query<{ n: string }>(
    'SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()',
  );
  const latencies = (await run(seconds)).sort((a, b) => a - b);
  const took = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await delay(1_100);
  const after = await pool.query<{ n: string }>(
    'SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()',
  );
  const transactions = Number(after.rows[0]?.n) - Number(statements.rows[0]?.n);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
  console.log(
    JSON.stringify({
      commits: latencies.length,
      perSecond: Math.round(latencies.length / took),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      maxMs: latencies.at(-1)?.toFixed(1),
      nodeCpuUsPerCommit: Math.round((user + system) / latencies.length),
      postgresCpuUsPerCommit: Math.round((((await postgresCpu()) - before) * 1e6) / latencies.length),
      commitsPerBatch: (latencies.length / transactions).toFixed(1),
    }),
  );
  await journal.close();
  await pool.end();
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}
