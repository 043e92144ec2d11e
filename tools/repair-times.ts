// `npm run repair:times -- --zone Asia/Seoul [--apply]`: puts right what a version before wrote into a database whose time zone
// was not UTC. Its ORM wrote instants without a zone, so that the database took them for local ones. Only the listed columns are
// touched, only in rows from before (a mark says which), and each row once. Without --apply it only shows what it would do.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { takeServerLock } from '../src/infra/postgres/server-lock.ts';
import { connectionTo } from '../src/infra/postgres/session-settings.ts';
import { AppError } from '../src/protocol/app-error.ts';

const EXAMPLES = 3;

/** Everything that the ORM wrote as an instant. `started_at`, `ended_at`, `relayed_at` and the columns of numbers are right. */
const TABLES: readonly { readonly table: string; readonly id: string; readonly columns: readonly string[] }[] = [
  { table: 'api_keys', id: 'id', columns: ['created_at', 'revoked_at'] },
  { table: 'studies', id: 'id', columns: ['created_at', 'updated_at'] },
  { table: 'study_versions', id: "study_id || ' ' || version", columns: ['created_at'] },
  { table: 'rooms', id: 'id', columns: ['created_at', 'expires_at'] },
];

/** A row from before may have been changed since: then this column is right, though the row is not. */
const BEFORE: Readonly<Record<string, string>> = {
  // A change makes a new version of the study.
  'studies.updated_at':
    'EXISTS (SELECT FROM study_versions v WHERE v.study_id = t.id AND v.version = t.version AND NOT v.times_utc)',
  // Nothing else tells: what lies after the upgrade as it stands, or as it would stand, is left.
  'api_keys.revoked_at': `greatest(t.revoked_at, RIGHT) < (
    SELECT finished_at FROM _prisma_migrations WHERE migration_name = '0003_event_vocabulary' AND finished_at IS NOT NULL)`,
};

/** The wall clock in the zone said what UTC's should have said. */
const rightOf = (column: string): string => `((t.${column} AT TIME ZONE $1) AT TIME ZONE 'UTC')`;

const conditionOf = (table: string, column: string): string =>
  `NOT t.times_utc AND t.${column} IS NOT NULL AND ${BEFORE[`${table}.${column}`]?.replaceAll('RIGHT', rightOf(column)) ?? 'true'}`;

const checkZone = async (client: pg.Client, zone: string): Promise<void> => {
  // Names only: an abbreviation or an offset knows no summer time, and the sign of an offset is read the other way round.
  const { rowCount } = await client.query('SELECT FROM pg_timezone_names WHERE name = $1', [zone]);
  if (rowCount === 0)
    throw new AppError(
      'wrong_settings',
      `"${zone}" is no time zone that PostgreSQL knows by name, such as Asia/Seoul.`,
    );
};

const showColumn = async (client: pg.Client, zone: string, table: string, id: string, column: string) => {
  const { rows } = await client.query<{ n: number; id: string; is: string; becomes: string }>(
    `SELECT count(*) OVER ()::int AS n, ${id} AS id,
       to_char(t.${column}, 'YYYY-MM-DD HH24:MI:SS.MS"Z"') AS is,
       to_char(${rightOf(column)}, 'YYYY-MM-DD HH24:MI:SS.MS"Z"') AS becomes
     FROM ${table} t WHERE ${conditionOf(table, column)} ORDER BY t.${column} DESC LIMIT ${EXAMPLES}`,
    [zone],
  );
  console.log(`${table}.${column}: ${rows[0]?.n ?? 0} rows`);
  for (const row of rows) console.log(`    ${row.id}: ${row.is} becomes ${row.becomes}`);
};

const apply = async (client: pg.Client, zone: string): Promise<void> => {
  // A room that waits goes by its expiry: what was read wrong is read again. Rooms that nobody entered have the right instant.
  await client.query(
    `UPDATE rooms t SET next_deadline_at = extract(epoch FROM ${rightOf('expires_at')}) * 1000
     WHERE NOT t.times_utc AND t.phase = 'waiting' AND t.next_deadline_at = extract(epoch FROM t.expires_at) * 1000`,
    [zone],
  );
  for (const { table, columns } of TABLES) {
    const sets = columns.map(
      (column) => `${column} = CASE WHEN ${conditionOf(table, column)} THEN ${rightOf(column)} ELSE t.${column} END`,
    );
    // Versions after studies: they tell whether a study has changed since.
    await client.query(`UPDATE ${table} t SET ${sets.join(', ')}, times_utc = true WHERE NOT t.times_utc`, [zone]);
  }
  // What Redis holds of this database tells of the old instants: another incarnation does not see it.
  await client.query('UPDATE incarnation SET id = $1', [randomUUID()]);
};

const leftOver = async (client: pg.Client): Promise<number> => {
  const counts = TABLES.map(({ table }) => `(SELECT count(*) FROM ${table} WHERE NOT times_utc)`);
  const { rows } = await client.query<{ n: number }>(`SELECT (${counts.join(' + ')})::int AS n`);
  return rows[0]?.n ?? 0;
};

const repair = async (url: string, zone: string, isApplied: boolean): Promise<void> => {
  // Servers hold these instants in memory.
  const lock = await takeServerLock(url);
  const client = new pg.Client(connectionTo(url));
  try {
    await client.connect();
    await checkZone(client, zone);
    if ((await leftOver(client)) === 0) {
      console.log('There is nothing to repair: every row was written in UTC, or has been repaired already.');
      return;
    }
    console.log(`Instants that were written while the database's time zone was ${zone}:`);
    for (const { table, id, columns } of TABLES)
      for (const column of columns) await showColumn(client, zone, table, id, column);
    if (!isApplied) {
      console.log('Nothing was changed. Look at the examples, take a backup, then add --apply. It works once.');
      return;
    }
    await client.query('BEGIN');
    await apply(client, zone);
    await client.query('COMMIT');
    console.log('Repaired.');
  } finally {
    await client.end();
    await lock.release();
  }
};

const { values } = parseArgs({ options: { zone: { type: 'string' }, apply: { type: 'boolean', default: false } } });
const url = process.env.DATABASE_URL;
if (!url || !values.zone) {
  console.error(
    'DATABASE_URL=postgres://... npm run repair:times -- --zone Asia/Seoul [--apply]\n' +
      'The zone is the one that the database had: SHOW timezone in psql, unless it has been changed since. An embedded database was in UTC.',
  );
  process.exit(2);
}
try {
  await repair(url, values.zone, values.apply);
} catch (error) {
  console.error(error instanceof AppError ? error.message : error);
  process.exit(1);
}
