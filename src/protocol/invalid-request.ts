// What zod found, as a refusal: every problem with the place where it is.
import type { z } from 'zod';
import type { Refusal } from './error-codes.ts';

const MAX_ISSUES = 50;

/** `path` reads like `pages.0.questions.2.id`. */
export const invalidRequestOf = (error: Pick<z.ZodError, 'issues'>): Refusal => ({
  code: 'invalid_request',
  details: {
    issues: error.issues
      .slice(0, MAX_ISSUES)
      .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
  },
});
