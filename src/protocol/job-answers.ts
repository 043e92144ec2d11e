// How far a room is processed, over REST.
import { z } from 'zod';
import { count, optionalInstant, optionalText, text } from './answer-fields.ts';
import { STAGE_STATES, STAGES } from './stages.ts';

/** One row of `GET /api/rooms/{id}/jobs`. */
const stageAnswerSchema = z
  .object({
    stage: z.enum(STAGES),
    state: z.enum(STAGE_STATES),
    /** 0 to 1 */
    progress: z.number(),
    attempts: count,
    /** On a stage that is done: what it had to do without. `recordingId`: it is about this recording alone. */
    error: z
      .object({ code: text, message: text, recordingId: optionalText, retryAt: optionalInstant })
      .readonly()
      .exactOptional(),
    startedAt: optionalInstant,
    finishedAt: optionalInstant,
    model: optionalText,
  })
  .readonly();
export type StageAnswer = z.infer<typeof stageAnswerSchema>;

export const jobsAnswerSchema = z.object({ stages: z.array(stageAnswerSchema) }).readonly();
export type JobsAnswer = z.infer<typeof jobsAnswerSchema>;
