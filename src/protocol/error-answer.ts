// How every refusal is answered over REST.
import { z } from 'zod';
import { text } from './answer-fields.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

export const apiErrorSchema = z
  .object({
    error: z
      .object({
        code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
        message: text,
        retryable: z.boolean(),
        retryAfterMs: z.number().exactOptional(),
        details: z.unknown().optional(),
        requestId: text,
      })
      .readonly(),
  })
  .readonly();
export type ApiError = z.infer<typeof apiErrorSchema>;
