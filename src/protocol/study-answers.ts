// Studies over REST, and the rooms that are made of one.
import { z } from 'zod';
import { count, instant, optionalText, text } from './answer-fields.ts';
import { studyContentSchema } from './study.ts';

export const studyAnswerSchema = z
  .object({
    ...studyContentSchema.shape,
    id: text,
    /** Counts from 1; a change makes a new one, rooms keep theirs. */
    version: count,
    createdAt: instant,
    updatedAt: instant,
  })
  .readonly();
export type StudyAnswer = z.infer<typeof studyAnswerSchema>;

export const createdRoomSchema = z
  .object({ id: text, code: text, joinUrl: text, pin: optionalText, expiresAt: instant })
  .readonly();
export type CreatedRoom = z.infer<typeof createdRoomSchema>;
