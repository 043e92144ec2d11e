// What a failed write of commits says about them.
import { isUnavailable } from '../../protocol/app-error.ts';

/** SQLSTATE classes that pass: rollback, wrong state (a standby), no resources, operator, system. */
const PASSING_CLASSES = new Set(['40', '25', '53', '57', '58']);

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Somebody else holds what was needed: nothing happened. */
export const isLockNotGot = (error: unknown): boolean => codeOf(error) === '55P03';

/** The database ended the statement, whose time was over: nothing happened. */
export const isTooSlow = (error: unknown): boolean => codeOf(error) === '57014';

/** The database went away: whether anything happened is not known. */
export const mayPass = (error: unknown): boolean => {
  const code = codeOf(error);
  return isUnavailable(error) || (code?.length === 5 && PASSING_CLASSES.has(code.slice(0, 2)));
};
