// The database of one test run as a process that outlives the run by just enough: when the run ends, in whatever way, its
// end of the pipe closes, and this process stops the database and removes its files. Prints the template's URL when ready.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../../src/infra/embedded-postgres/embedded.ts';
import { migrate } from '../../../src/infra/postgres/migrate.ts';
import { isServerLocked } from '../../../src/infra/postgres/server-lock.ts';

const runEnded = new Promise((resolve) => process.stdin.once('close', resolve).resume());
const dataDir = await mkdtemp(join(tmpdir(), 'trialogue-test-database-'));
try {
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }), isInUse: isServerLocked });
  try {
    await migrate(server.url, join(import.meta.dirname, '../../../prisma/migrations'));
    // A template takes no connections; copying one that may have some fails at random.
    const admin = new pg.Client({ connectionString: server.url.replace('/trialogue?', '/postgres?') });
    await admin.connect();
    await admin.query('ALTER DATABASE trialogue WITH IS_TEMPLATE true ALLOW_CONNECTIONS false');
    await admin.end();
    console.log(server.url);
    await runEnded;
  } finally {
    await server.stop();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
