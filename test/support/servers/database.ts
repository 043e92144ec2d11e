// A migrated database of its own for every test file, and rows to start from.
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type StudyContent, type StudyInput, studyContentSchema } from '../../../src/protocol/study.ts';
import type { RoomDefinition } from '../../../src/room/state.ts';

/**
 * What an operator's database may say of itself. Nothing of it may reach us: whoever reads or writes through anything but
 * `connectionTo` gets German dates of Seoul, rounded numbers, other tables and statements that end at once.
 */
const HOSTILE_DEFAULTS: Readonly<Record<string, string>> = {
  TimeZone: 'Asia/Seoul',
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  client_encoding: 'LATIN1',
  bytea_output: 'escape',
  extra_float_digits: '-5',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  search_path: 'elsewhere',
  default_transaction_isolation: 'serializable',
  synchronous_commit: 'off',
  statement_timeout: '1',
  lock_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  idle_session_timeout: '500',
};

const withAdmin = async (work: (admin: pg.Client) => Promise<unknown>): Promise<void> => {
  const admin = new pg.Client({ connectionString: inject('testTemplateUrl').replace('/trialogue?', '/postgres?') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
};

export interface TestDatabase {
  readonly url: string;
  /** Ends the connections that are left. */
  drop(): Promise<void>;
}

interface TestDatabaseOptions {
  /** Without any table; else migrated. */
  readonly empty?: boolean;
  /** Another one than UTF8: empty too. */
  readonly encoding?: string;
  /** Settings of the database in place of the hostile ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

export const createTestDatabase = async ({
  empty = false,
  encoding,
  settings = HOSTILE_DEFAULTS,
}: TestDatabaseOptions = {}): Promise<TestDatabase> => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = empty || encoding ? 'template0' : 'trialogue';
  // The server's own locale belongs to UTF8.
  const other = encoding ? `ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C'` : '';
  await withAdmin(async (admin) => {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} ${other}`);
    for (const [setting, value] of Object.entries(settings))
      await admin.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  });
  return {
    url: inject('testTemplateUrl').replace('/trialogue?', `/${name}?`),
    drop: () => withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
};

const SMALL_STUDY: StudyInput = {
  title: 'A study',
  pages: [
    {
      title: 'First',
      body: 'Read this.',
      questions: [{ id: 'q1', prompt: 'Yes?', kind: 'single', options: ['a', 'b'] }],
    },
    { title: 'Second', questions: [] },
  ],
};

export interface SeedRoomOptions {
  readonly roomId?: string;
  readonly code?: string;
  readonly content?: StudyInput;
  readonly createdAt?: number;
  readonly expiresAt?: number;
  /** The room is of the same study as this one. */
  readonly sisterOf?: RoomDefinition;
}

/** A study with one version and a room of it, as rows. */
export const seedRoom = async (pool: pg.Pool | pg.Client, options: SeedRoomOptions = {}): Promise<RoomDefinition> => {
  const createdAt = options.createdAt ?? 1_800_000_000_000;
  const { sisterOf } = options;
  const content: StudyContent = sisterOf?.content ?? studyContentSchema.parse(options.content ?? SMALL_STUDY);
  const definition: RoomDefinition = {
    roomId: options.roomId ?? randomUUID(),
    code: options.code ?? randomBytes(5).toString('hex'),
    studyId: sisterOf?.studyId ?? randomUUID(),
    studyVersion: 1,
    content,
    createdAt,
    expiresAt: options.expiresAt ?? createdAt + 86_400_000,
  };
  if (!sisterOf) {
    await pool.query('INSERT INTO studies (id, version) VALUES ($1, 1)', [definition.studyId]);
    await pool.query('INSERT INTO study_versions (study_id, version, content) VALUES ($1, 1, $2)', [
      definition.studyId,
      JSON.stringify(content),
    ]);
  }
  await pool.query(
    `INSERT INTO rooms (id, code, study_id, study_version, created_at, expires_at)
     VALUES ($1, $2, $3, 1, to_timestamp($4 / 1000.0), to_timestamp($5 / 1000.0))`,
    [definition.roomId, definition.code, definition.studyId, definition.createdAt, definition.expiresAt],
  );
  return definition;
};

export interface Backup {
  /** The database is again as it was; nobody may be connected. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/** A copy of the whole database, as pg_dump makes one; nobody may be connected. */
export const backUp = async (databaseUrl: string): Promise<Backup> => {
  const name = new URL(databaseUrl).pathname.slice(1);
  const copy = `${name}_copy`;
  await withAdmin((admin) => admin.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`));
  return {
    restore: () =>
      withAdmin(async (admin) => {
        await admin.query(`DROP DATABASE ${name}`);
        await admin.query(`CREATE DATABASE ${name} TEMPLATE ${copy}`);
      }),
    drop: () => withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${copy}`)),
  };
};
