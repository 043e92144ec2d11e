// Settings that every connection of ours shares, whatever the database, role or environment sets: those that change how values travel
// or what a statement means. (A database with a time zone of its own once moved every instant that the ORM wrote.) They are sent
// with the first packet of the connection, so that they win over ALTER DATABASE and ALTER ROLE and no query runs without them.
// `default_transaction_read_only` is left alone: it is set on purpose, as by a provider whose disk is full. Such a database is
// refused.
import type pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';
import { databaseUrlProblem } from './database-url.ts';

export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // The ORM's adapter writes instants without a zone, and takes off the zone that it reads.
  TimeZone: 'UTC',
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  client_encoding: 'UTF8',
  bytea_output: 'hex',
  /** Shortest text that gives the same number: below it our times lose their milliseconds. */
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  /** Ours are there; the ORM names no other. `"$user"` before it would take the tables of a namesake. */
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  /** An acknowledgement means: on disk. */
  synchronous_commit: 'on',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  /** The connection that holds the server lock says nothing for hours. PostgreSQL 14 and later know it. */
  idle_session_timeout: '0',
};

const escaped = (value: string): string => value.replace(/[\\ ]/g, '\\$&');
const OPTIONS = Object.entries(SESSION_SETTINGS)
  .map(([name, value]) => `-c ${name}=${escaped(value)}`)
  .join(' ');

/** For every pg client and pool of this program; timeouts of its own may be added. */
export const connectionTo = (url: string): Pick<pg.ClientConfig, 'connectionString' | 'options'> => {
  // Parameters of the URL win over everything in the driver's settings, `options` too.
  const problem = databaseUrlProblem(url);
  if (problem !== undefined) throw new AppError('database_unusable', `DATABASE_URL ${problem}`);
  return { connectionString: url, options: OPTIONS };
};
