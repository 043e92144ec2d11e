// What bugs and infrastructure throw. Expected refusals are values (error-codes.ts), never this.
// The message is one readable line: what came, what is allowed, what to do.
import type { ErrorCode } from './error-codes.ts';

/** Reasons a start stops with one line; they never travel on the wire. */
export type StartErrorCode =
  | 'already_running'
  | 'data_dir_unusable'
  | 'database_not_ours'
  | 'database_other_version'
  | 'database_start_failed'
  | 'database_unreachable_folder'
  | 'database_unusable'
  | 'migration_failed'
  | 'migration_mismatch'
  | 'platform_unsupported'
  | 'redis_unusable'
  | 'storage_unusable';

export class AppError extends Error {
  readonly code: ErrorCode | StartErrorCode | (string & {});

  constructor(code: AppError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

const UNREACHABLE_CODES = new Set([
  'unavailable',
  'busy',
  // Sockets
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  // PostgreSQL: read-only (a standby, a full disk), too long idle in a transaction, lost a race, a lock not got
  ...['25006', '25P03', '40001', '40P01', '55P03'],
  // Prisma: cannot reach, timed out, connection closed, no free connection, transaction could not start, lost a race
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'],
  // Prisma's driver adapter, which tells no code of these
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'],
]);
/** SQLSTATE classes: connection, resources, operator (shutting down, starting, cancelled), system. */
const UNREACHABLE_CLASS = /^(08|53|57|58)[0-9A-Z]{3}$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** SQLSTATE classes that speak of single rows: values that are none, damaged pages. */
const ROW_CLASS = /^(22|XX)/;
/** The pg driver gives these no code. */
const UNREACHABLE_MESSAGE =
  /connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|query read timeout|client was closed|use a pool after calling end/i;

interface Told {
  readonly code?: unknown;
  /** Of the driver adapter, beside the code that PostgreSQL said. */
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  /** Of several addresses that were tried. */
  readonly errors?: unknown;
  /** Prisma hides there what the database said: behind P2039, and P2010 for every raw query. */
  readonly meta?: { readonly driverAdapterError?: unknown };
}

const MOST_ERRORS = 20;

/** An error with everything it wraps. */
const wrappedBy = (error: unknown): Told[] => {
  const found: Told[] = [];
  const open = [error];
  while (open.length > 0 && found.length < MOST_ERRORS) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null) continue;
    const told: Told = next;
    found.push(told);
    open.push(told.cause, told.meta?.driverAdapterError, ...(Array.isArray(told.errors) ? told.errors : []));
  }
  return found;
};

const isPassing = (code: unknown): boolean =>
  typeof code === 'string' && (UNREACHABLE_CODES.has(code) || UNREACHABLE_CLASS.test(code));

/** Whether it is the database that failed, and not what it holds: away, or not as it has to be (another one, no rights, no tables). */
export const isOfDatabase = (error: unknown): boolean =>
  isUnavailable(error) ||
  wrappedBy(error).some(({ code }) => typeof code === 'string' && SQLSTATE.test(code) && !ROW_CLASS.test(code));

/** Whether something this server depends on cannot be reached right now, so that the same request may succeed later. */
export const isUnavailable = (error: unknown): boolean =>
  wrappedBy(error).some(
    ({ code, kind, originalCode, message }) =>
      [code, kind, originalCode].some(isPassing) || (typeof message === 'string' && UNREACHABLE_MESSAGE.test(message)),
  );
