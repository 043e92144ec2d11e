// Brings a database to the newest schema at start. Prisma's own table and lock are used, so that Prisma's tools see the
// same history; its command line is not, because it downloads an engine. Must not touch a database it does not know.
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';
import { databaseUnusable } from './database-unusable.ts';
import { refuseUnusableDatabase } from './refuse-database.ts';
import { connectionTo } from './session-settings.ts';

/** The advisory lock that `prisma migrate` takes: both exclude each other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;

const CREATE_HISTORY = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Applied {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

const readMigrations = async (folder: string): Promise<Migration[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
};

/** The migrations still to apply, or the reason why this database must be left alone. */
const pendingOf = (known: readonly Migration[], applied: readonly Applied[]): Migration[] => {
  const byName = new Map(known.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = byName.get(row.migration_name);
    if (migration === undefined) {
      throw new AppError(
        'migration_mismatch',
        `The database has the migration "${row.migration_name}", which this version does not know: it belongs to a newer version of the program. Start that version, or use another database.`,
      );
    }
    if (row.finished_at === null) {
      throw new AppError(
        'migration_mismatch',
        `The migration "${row.migration_name}" was begun by another tool and never finished. Repair the database with "prisma migrate resolve", then start again.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new AppError(
        'migration_mismatch',
        `The migration "${row.migration_name}" differs from the one that was applied to the database. Restore its migration.sql; changes belong in a new migration.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.migration_name));
  return known.filter((migration) => !done.has(migration.name));
};

const apply = async (client: pg.Client, migration: Migration): Promise<void> => {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('migration_failed', `The migration "${migration.name}" failed, nothing of it stays: ${reason}`, {
      cause,
    });
  }
};

/** Returns the names of the migrations that it applied. */
export const migrate = async (url: string, folder: string): Promise<string[]> => {
  const known = await readMigrations(folder);
  const client = new pg.Client({ ...connectionTo(url), connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect().catch((cause: unknown) => {
      throw databaseUnusable(cause, client);
    });
    await refuseUnusableDatabase(client);
    await client.query('SET lock_timeout = 60000');
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    await client.query(CREATE_HISTORY);
    const applied = await client.query<Applied>(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const pending = pendingOf(known, applied.rows);
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('migration_failed', `The database could not be prepared: ${reason}`, { cause });
  } finally {
    // Ends the session, which frees the lock.
    await client.end().catch(() => {});
  }
};
