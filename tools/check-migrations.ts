// Proves that all migrations together lead to exactly prisma/schema.prisma: two databases of a temporary PostgreSQL, one made
// by the migrations, one by the schema's own SQL, must have the same catalog. To write a new migration:
//   node tools/check-migrations.ts OLD_SCHEMA_FILE    prints the SQL from that older schema file to the present one
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { projectRoot } from '../processes/run-command.ts';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { migrate } from '../src/infra/postgres/migrate.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';
import { catalogOf } from './database-catalog.ts';
import { schemaSql } from './schema-sql.ts';

/** What Prisma's schema has no words for; its comment there names it. */
const BEYOND_PRISMA = ['index CREATE UNIQUE INDEX commits_command_key '];

const withClient = async <T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

const databaseUrl = (url: string, name: string): string => {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
};

const compare = async (url: string): Promise<string[]> => {
  await withClient(url, async (client) => {
    await client.query('CREATE DATABASE by_migrations');
    await client.query('CREATE DATABASE by_schema');
  });
  await migrate(databaseUrl(url, 'by_migrations'), join(projectRoot, 'prisma/migrations'));
  const migrated = await withClient(databaseUrl(url, 'by_migrations'), catalogOf);
  const sql = await schemaSql(url);
  const intended = await withClient(databaseUrl(url, 'by_schema'), async (client) => {
    await client.query(sql);
    return catalogOf(client);
  });
  if (intended.length === 0) throw new Error("the schema's SQL made nothing");
  return [
    ...intended.filter((line) => !migrated.includes(line)).map((line) => `only in the schema:     ${line}`),
    ...migrated
      .filter((line) => !intended.includes(line) && !BEYOND_PRISMA.some((known) => line.startsWith(known)))
      .map((line) => `only in the migrations: ${line}`),
  ];
};

const dataDir = mkdtempSync(join(tmpdir(), 'trialogue-migrations-'));
const postgres = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'error' }), isInUse: isServerLocked });
try {
  const oldSchema = process.argv[2];
  if (oldSchema !== undefined) {
    process.stdout.write(await schemaSql(postgres.url, oldSchema));
  } else {
    const differences = await compare(postgres.url);
    for (const line of differences) console.error(line);
    if (differences.length > 0) {
      console.error(
        'Add a migration in prisma/migrations that closes the gap (see the head of tools/check-migrations.ts).',
      );
      process.exitCode = 1;
    }
  }
} finally {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
}
