// What a researcher sets up: pages with questions, and how the rooms of the study behave.
import { z } from 'zod';
import { LANGUAGE_CODES } from './languages.ts';
import { isStorableText, NOT_STORABLE, storableText } from './text.ts';
import { isVisible, UNSEEN } from './typed-text.ts';

export const questionIdSchema = z
  .string()
  .regex(/^[\p{L}\p{N}_.-]{1,64}$/u, 'letters, digits, "_", "." or "-", at most 64');

const questionBase = {
  id: questionIdSchema,
  prompt: storableText(1, 2_000),
  required: z.boolean().optional(),
};
const optionsSchema = z
  .array(storableText(1, 500))
  .min(1)
  .max(50)
  .refine((options) => new Set(options).size === options.length, 'options must differ from each other');

export const questionSchema = z
  .discriminatedUnion('kind', [
    z.object({ ...questionBase, kind: z.literal('single'), options: optionsSchema }),
    z.object({ ...questionBase, kind: z.literal('multiple'), options: optionsSchema }),
    z.object({
      ...questionBase,
      kind: z.literal('scale'),
      min: z.int().min(-1_000).max(1_000).default(1),
      max: z.int().min(-1_000).max(1_000).default(7),
    }),
    z.object({ ...questionBase, kind: z.literal('text'), maxLength: z.int().min(1).max(10_000).default(2_000) }),
  ])
  .refine((question) => question.kind !== 'scale' || question.min < question.max, 'min must be below max');

export const pageSchema = z.object({
  title: storableText(0, 300),
  /** Markdown; HTML in it is shown as text. */
  body: storableText(0, 50_000).default(''),
  questions: z.array(questionSchema).max(50).default([]),
});

export const consentItemSchema = z.object({
  id: questionIdSchema,
  text: storableText(1, 10_000),
  required: z.boolean().default(true),
});

const HOUR_MS = 3_600_000;
const unique = (ids: string[]) => new Set(ids).size === ids.length;

/** Whoever writes a setting relies on it: one that is misspelt is refused, and not left out. */
export const studySettingsSchema = z.strictObject({
  roomSize: z.int().min(2).max(8).default(3),
  countdownMs: z.int().min(500).max(60_000).default(3_000),
  graceMs: z.int().min(500).max(HOUR_MS).default(30_000),
  /** Minutes until a room that has not started expires. */
  roomTtlMinutes: z.number().positive().max(525_600).default(1_440),
  timeLimitMinutes: z.number().positive().max(1_440).optional(),
  /** One of which nothing can be seen could not be typed. */
  pin: storableText(1, 64).refine(isVisible, UNSEEN).optional(),
  record: z.boolean().default(true),
  silenceStopMs: z
    .int()
    .min(1_000)
    .max(HOUR_MS)
    .optional()
    .describe('Kept; nothing acts on it yet: recording never stops in silence'),
  uploadTimeoutMs: z
    .int()
    .min(100)
    .max(7 * 24 * HOUR_MS)
    .default(900_000),
  consent: z
    .array(consentItemSchema)
    .max(20)
    .refine((items) => unique(items.map((item) => item.id)), 'consent ids must differ from each other')
    .default([]),
  completionUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    // URL parsers take a NUL and escape it; what is stored is the text as it came.
    .refine(isStorableText, NOT_STORABLE)
    .optional(),
  /** Whoever sets it relies on it. */
  retentionDays: z
    .unknown()
    .refine((value) => value === undefined, {
      error: 'is not available: nothing erases rooms by itself yet. Leave it out, and erase rooms by DELETE',
    })
    .describe('Refused until rooms are erased by it; older studies that have it keep their rooms')
    .optional(),
  codebook: z.unknown().optional().describe('Kept; nothing acts on it yet'),
});

export const studyContentSchema = z.object({
  title: storableText(1, 300).refine(isVisible, UNSEEN),
  language: z.enum(LANGUAGE_CODES).default('en'),
  pages: z
    .array(pageSchema)
    .min(1)
    .max(200)
    .refine(
      (pages) => unique(pages.flatMap((page) => page.questions.map((question) => question.id))),
      'question ids must differ within the study',
    ),
  settings: z.prefault(studySettingsSchema, {}),
});

/**
 * What no room can do without of the study that it was made with. Not all that a new study must be: rules that came later close
 * no room that was made before them.
 */
export const essentialContentSchema = z.object({
  pages: z.array(z.object({ questions: z.array(z.unknown()) })).min(1),
  settings: z.object({ roomSize: z.number(), countdownMs: z.number(), graceMs: z.number() }),
});

export type Question = z.infer<typeof questionSchema>;
export type Page = z.infer<typeof pageSchema>;
export type ConsentItem = z.infer<typeof consentItemSchema>;
export type StudySettings = z.infer<typeof studySettingsSchema>;
/** One version of a study, as a room keeps it for life. */
export type StudyContent = z.infer<typeof studyContentSchema>;
/** What a researcher may send: everything with a default may be left out. */
export type StudyInput = z.input<typeof studyContentSchema>;
export type ChoiceValue = string | string[] | number;
