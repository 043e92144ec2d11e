// The shape of the model's answer: asked for as JSON Schema, checked by the same zod schema when it comes.
import { z } from 'zod';
import type { AnalysisAnswer } from '../analysis/assemble-report.ts';
import { jsonObjectsOf } from './find-json.ts';
import { ServiceFault } from './service-fault.ts';

export const ANSWER_SCHEMA_NAME = 'debate_report';

const statementSchema = z.object({ text: z.string(), utteranceIds: z.array(z.string()) });

const answerSchema = z.object({
  participants: z.array(
    z.object({
      participant: z.string(),
      position: statementSchema.nullable(),
      arguments: z.array(statementSchema),
      choices: z.array(statementSchema),
    }),
  ),
  agreements: z.array(statementSchema),
  disagreements: z.array(statementSchema),
});

const jsonSchemaOf = (): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...schema } = z.toJSONSchema(answerSchema);
  return schema;
};

export const ANSWER_JSON_SCHEMA = jsonSchemaOf();

/** The first complete value that has the asked shape; throws `invalid_answer`, or that the model stopped at its length. */
export const parseAnswer = (content: string, isCutOff = false): AnalysisAnswer => {
  let problem: z.ZodError | undefined;
  for (const candidate of jsonObjectsOf(content)) {
    const parsed = answerSchema.safeParse(candidate);
    if (parsed.success) return parsed.data;
    problem ??= parsed.error;
  }
  if (isCutOff) {
    throw new ServiceFault(
      'answer_cut_off',
      'The language model stopped at its limit of length before its answer was complete. Use a model that may answer at more length, then run it again.',
    );
  }
  if (!problem) throw new ServiceFault('invalid_answer', 'The language model did not answer with valid JSON.');
  const where = problem.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`)
    .join('; ');
  throw new ServiceFault('invalid_answer', `The language model's answer does not have the asked shape: ${where}`);
};
