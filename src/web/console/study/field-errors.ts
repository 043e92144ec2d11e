// Places the server's complaints at their fields: `details.issues[].path` names a field of the study.
import { ApiRefusal } from '../../../client/index.ts';

export interface FieldError {
  /** Dotted: pages.0.questions.1.prompt */
  readonly path: string;
  readonly message: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const pathOf = (path: unknown): string =>
  (Array.isArray(path) ? path.map(String) : String(path ?? '').split(/[./]/)).filter((part) => part !== '').join('.');

export const fieldErrorsOf = (failure: unknown): FieldError[] => {
  if (!(failure instanceof ApiRefusal) || !isRecord(failure.details)) return [];
  const { issues } = failure.details;
  if (!Array.isArray(issues)) return [];
  return issues.filter(isRecord).map((issue) => ({ path: pathOf(issue.path), message: String(issue.message ?? '') }));
};

/** The complaint about this field or anything inside it. */
export const errorAt = (errors: readonly FieldError[], path: string): string | undefined =>
  errors.find((error) => error.path === path || error.path.startsWith(`${path}.`))?.message;
