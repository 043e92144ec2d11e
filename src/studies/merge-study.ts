// A change of a study, field by field. PURE. The result is judged as a whole by the same schema as a new study.
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import { invalidRequestOf } from '../protocol/invalid-request.ts';
import type { patchStudySchema } from '../protocol/rest.ts';
import { type StudyContent, studyContentSchema } from '../protocol/study.ts';
import { isStorableJson } from './storable-json.ts';

export type StudyPatch = z.infer<typeof patchStudySchema>;
export type ParsedStudy =
  | { readonly ok: true; readonly value: StudyContent }
  | { readonly ok: false; readonly refusal: Refusal };

export const parseStudy = (input: unknown): ParsedStudy => {
  const parsed = studyContentSchema.safeParse(input);
  if (!parsed.success) return { ok: false, refusal: invalidRequestOf(parsed.error) };
  if (isStorableJson(parsed.data.settings.codebook)) return { ok: true, value: parsed.data };
  const message = 'must not contain NUL or broken characters, nor be nested deeper than 50 levels';
  const path = ['settings', 'codebook'];
  return {
    ok: false,
    refusal: invalidRequestOf({ issues: [{ code: 'custom', path, message, input: undefined }] }),
  };
};

/** Fields left out keep their value; a setting of `null` falls back to its default. */
export const mergeStudy = (current: StudyContent, patch: StudyPatch): ParsedStudy => {
  const { settings: changes, ...fields } = patch;
  // Of a former build, which took it and did nothing: no reason to refuse every other change.
  const { retentionDays: _, ...kept } = current.settings;
  const settings = Object.entries({ ...kept, ...changes }).filter(([, value]) => value !== null);
  return parseStudy({ ...current, ...fields, settings: Object.fromEntries(settings) });
};
