// What the language model and the counts say about a debate: a report that rests on the utterances of its transcript.
import { z } from 'zod';
import { count, instant, optionalText, text } from './answer-fields.ts';

/** A statement of the report; it rests on utterances that exist. */
const statementSchema = z.object({ text, utteranceIds: z.array(text).readonly() }).readonly();
export type Statement = z.infer<typeof statementSchema>;

const statements = z.array(statementSchema).readonly();

const participantReportSchema = z
  .object({
    participantId: text,
    seat: count,
    nickname: text,
    position: z.union([statementSchema, z.null()]),
    arguments: statements,
    /** How this participant's choices relate to what was said. */
    choices: statements,
  })
  .readonly();
export type ParticipantReport = z.infer<typeof participantReportSchema>;

export const reportSchema = z
  .object({
    roomId: text,
    revision: count,
    transcriptRevision: count,
    createdAt: instant,
    status: z.enum(['complete', 'incomplete']),
    language: text,
    /** False when no statement could be supported: the reader is told so. */
    supported: z.boolean(),
    participants: z.array(participantReportSchema).readonly(),
    agreements: statements,
    disagreements: statements,
    /** Statements that the model gave without existing utterances; dropped, and counted here. */
    rejectedStatements: count,
    provenance: z
      .object({
        model: text,
        /** How the answer was asked for: `json_schema`, `json_object`, `plain`, as far as the service goes. */
        answerForm: optionalText,
        promptVersion: text,
        promptTokens: count,
        completionTokens: count,
        startedAt: instant,
        finishedAt: instant,
      })
      .readonly(),
  })
  .readonly();
export type Report = z.infer<typeof reportSchema>;
