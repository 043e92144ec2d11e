// Bodies, headers and queries of the REST API.
import { z } from 'zod';
import { PHASES } from './phases.ts';
import { MAX_GIVEN_ID_LENGTH } from './recruiting-id.ts';
import { studyContentSchema } from './study.ts';
import { idSchema, storableText } from './text.ts';
import { isVisible, nameOf, typedCodeOf, UNSEEN } from './typed-text.ts';

/** What an answer has beside the content: may be sent back with it, and is not read. */
const OF_ANSWERS = {
  id: z.unknown().optional(),
  version: z.unknown().optional(),
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
};

/** Other fields are refused: a setting that stands beside `settings` would do nothing. */
export const createStudySchema = z.strictObject({ ...studyContentSchema.shape, ...OF_ANSWERS });
/** Fields left out keep their value; `settings` is merged field by field, `null` removes one. */
export const patchStudySchema = z.strictObject({
  title: z.unknown().optional(),
  language: z.unknown().optional(),
  pages: z.unknown().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  ...OF_ANSWERS,
});

export const createRoomsSchema = z.strictObject({
  count: z.int().min(1).max(500).default(1),
  label: storableText(0, 200).optional(),
  description: storableText(0, 2_000).optional(),
});

/** Codes are told over the phone and typed on phones: case and separators do not matter. */
export const roomCodeSchema = storableText(1, 40)
  .transform(typedCodeOf)
  .pipe(z.string().min(1, 'must have a letter or a digit').max(32));

export const joinSchema = z.object({
  code: roomCodeSchema,
  nickname: storableText(1, 40).transform(nameOf).refine(isVisible, UNSEEN),
  pin: z.string().max(200).optional(),
  /** Blank is none; what no service uses as an id (recruiting-id.ts) opens no seat and stops nobody. */
  externalId: storableText(0, MAX_GIVEN_ID_LENGTH)
    .transform((id) => id.normalize('NFC'))
    .optional(),
  /** The same UUID whatever its case. */
  joinKey: z.uuid().toLowerCase().optional(),
  consent: z.array(storableText(0, 64)).max(20).optional(),
});

/** As a browser would ask for it: with its escapes, so that the token of the longest path stays short. */
const accessPath = storableText(1, 500).regex(
  /^\/api\/[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*$/,
  'must begin with /api/ and have everything else escaped',
);
export const createAccessSchema = z.object({ path: accessPath });
export const createApiKeySchema = z.object({ name: storableText(1, 100) });

export const listRoomsQuerySchema = z.object({
  studyId: idSchema.optional(),
  phase: z.enum(PHASES).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const eventsQuerySchema = z.object({
  cursor: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export const transcriptQuerySchema = z.object({ format: z.enum(['json', 'vtt', 'txt']).default('json') });
export const reportQuerySchema = z.object({ format: z.enum(['json', 'md']).default('json') });
export const audioQuerySchema = z.object({ format: z.enum(['original']).default('original') });

/** `POST /api/rooms/{id}/analysis` */
export const analysisRequestSchema = z.object({
  /** The answers of the speech service that were kept for this room are dropped: all its audio is asked, and paid, again. */
  forgetAnswers: z.boolean().default(false),
});
export type AnalysisRequest = z.input<typeof analysisRequestSchema>;
