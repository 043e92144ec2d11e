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
  // Sockets
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  // PostgreSQL: connection exceptions, shutting down, starting, too many connections, statement timed out
  ...['08000', '08001', '08003', '08004', '08006', '57P01', '57P02', '57P03', '57P05', '53300', '57014'],
  // Prisma: cannot reach, timed out, connection closed, no free connection, transaction could not start
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'],
]);
/** The pg driver gives these no code. */
const UNREACHABLE_MESSAGE =
  /connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|query read timeout|client was closed/i;

/** Whether something this server depends on cannot be reached right now, so that the same request may succeed later. */
export const isUnavailable = (error: unknown): boolean => {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const code = 'code' in current ? current.code : undefined;
    if (code === 'unavailable' || code === 'busy') return true;
    if (typeof code === 'string' && UNREACHABLE_CODES.has(code)) return true;
    if (UNREACHABLE_MESSAGE.test(current.message)) return true;
  }
  return false;
};
