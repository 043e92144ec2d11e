// One embedded PostgreSQL for the whole run, however many projects of vitest take part; gone, with its files, at the end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/infra/postgres/embedded.ts';
import { migrate } from '../../src/infra/postgres/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the database that every test database is a copy of. */
    testTemplateUrl: string;
  }
}

interface Shared {
  readonly dataDir: string;
  readonly server: EmbeddedPostgres;
}

// Each project loads this file anew: what they share lives on the process.
const holder = globalThis as typeof globalThis & { trialogueTestDatabase?: { users: number; shared: Promise<Shared> } };

const start = async (): Promise<Shared> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'trialogue-test-database-'));
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) });
  await migrate(server.url, join(import.meta.dirname, '../../prisma/migrations'));
  // A template takes no connections; copying one that may have some fails at random.
  const admin = new pg.Client({ connectionString: server.url.replace('/trialogue?', '/postgres?') });
  await admin.connect();
  await admin.query('ALTER DATABASE trialogue WITH IS_TEMPLATE true ALLOW_CONNECTIONS false');
  await admin.end();
  return { dataDir, server };
};

const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  holder.trialogueTestDatabase ??= { users: 0, shared: start() };
  const held = holder.trialogueTestDatabase;
  held.users += 1;
  const { server, dataDir } = await held.shared;
  project.provide('testTemplateUrl', server.url);
  return async () => {
    held.users -= 1;
    if (held.users > 0) return;
    delete holder.trialogueTestDatabase;
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
};

export default setup;
