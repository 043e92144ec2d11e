// The shape of the model's answer: asked for as JSON Schema, checked by the same zod schema when it comes.
import { z } from 'zod';
import type { AnalysisAnswer } from '../analysis/assemble-report.ts';
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

/** Some servers put the JSON into a Markdown fence although they were asked for JSON. */
const unfencedOf = (content: string): string => content.trim().replace(/^```(?:json)?([\s\S]*?)```$/, '$1');

/** Throws `invalid_answer` when it is not JSON or not of the shape. */
export const parseAnswer = (content: string): AnalysisAnswer => {
  let json: unknown;
  try {
    json = JSON.parse(unfencedOf(content));
  } catch (cause) {
    throw new ServiceFault('invalid_answer', 'The language model did not answer with valid JSON.', { cause });
  }
  const parsed = answerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`)
    .join('; ');
  throw new ServiceFault('invalid_answer', `The language model's answer does not have the asked shape: ${where}`);
};
