// Why a database cannot be connected to, in one line for whoever set DATABASE_URL. Never with its password.
import type pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';

type Target = Pick<pg.Client, 'host' | 'port' | 'user' | 'database'>;

const UNKNOWN_HOST = ({ host }: Target): string => `The name ${host} is not known. Correct the host.`;
const NOT_ALLOWED = ({ user }: Target): string =>
  `It does not let ${user ? `the user "${user}"` : 'anybody without a name'} in. Correct user and password.`;

/** By the codes of sockets and of PostgreSQL. */
const REASONS: Readonly<Record<string, (target: Target) => string>> = {
  ECONNREFUSED: ({ host, port }) => `Nothing answers at ${host}:${port}. Start it, or correct host and port.`,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  '28P01': NOT_ALLOWED,
  '28000': NOT_ALLOWED,
  // The only thing that we name and an older one does not know: idle_session_timeout.
  '42704': () => 'It is older than PostgreSQL 14. Use a later one.',
  '3D000': ({ database }) => `There is no database "${database}". Create it, or correct the name.`,
};

/** A host with several addresses fails with several errors, and without a message of its own. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

export const databaseUnusable = (cause: unknown, target: Target): AppError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code]?.(target) ?? messageOf(cause);
  return new AppError('database_unusable', `The database (DATABASE_URL) cannot be used: ${reason}`, { cause });
};
