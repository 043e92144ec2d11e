// API keys and access tokens over REST.
import { z } from 'zod';
import { instant, optionalInstant, optionalText, text } from './answer-fields.ts';

export const apiKeyAnswerSchema = z
  .object({
    id: text,
    name: text,
    /** The first characters, to tell keys apart. */
    prefix: text,
    createdAt: instant,
    revokedAt: optionalInstant,
    /** Only in the answer that creates it. */
    key: optionalText,
  })
  .readonly();
export type ApiKeyAnswer = z.infer<typeof apiKeyAnswerSchema>;

export const accessAnswerSchema = z
  .object({
    access: text.describe('For ?access='),
    token: text.describe('The same: what it is called, beside what it is sent as'),
    expiresAt: instant,
  })
  .readonly();
export type AccessAnswer = z.infer<typeof accessAnswerSchema>;
