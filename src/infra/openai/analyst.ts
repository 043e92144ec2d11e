// Questions to any language model behind OpenAI's chat/completions, answered in JSON.
import { z } from 'zod';
import type { Analyst, ServiceForms } from '../../jobs/ports.ts';
import { ServiceFault } from '../../jobs/service-fault.ts';
import { createAnswerForms } from './answer-forms.ts';
import { callService, faultOfAnswer, type Service, type ServiceAnswer, urlOf } from './call-service.ts';
import { faultOfReportedError, reportedErrorOf } from './service-fault.ts';

/** Below the five minutes after which Node's fetch gives up on an answer without headers. */
const TIMEOUT_MS = 280_000;

const FORMS = ['json_schema', 'json_object', 'plain'] as const;

/** Some services send the content in parts, of which only those of text are words; some as the very object that was asked for. */
const contentSchema = z.union([
  z.string(),
  z
    .array(z.union([z.string(), z.looseObject({ text: z.string().nullish().catch(null) })]))
    .transform((parts) => parts.map((part) => (typeof part === 'string' ? part : (part.text ?? ''))).join('')),
  z.looseObject({}).transform((answer) => JSON.stringify(answer)),
]);

const tokens = z.number().catch(0);
const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish().catch(null),
        error: z.unknown().optional(),
        message: z.object({ content: contentSchema.nullish(), refusal: z.string().nullish().catch(null) }).nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
});

export interface AnalystOptions extends Service {
  readonly timeoutMs?: number;
  readonly forms?: ServiceForms;
}

interface Question {
  readonly system: string;
  readonly user: string;
  readonly schemaName: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

const requestOf = (form: (typeof FORMS)[number], model: string, question: Question): object => {
  const { system, user, schemaName, schema } = question;
  const inWords = `${system}\n\nAnswer with one JSON value and nothing else. It has to follow this JSON Schema:\n${JSON.stringify(schema)}`;
  const messages = [
    { role: 'system', content: form === 'json_schema' ? system : inWords },
    { role: 'user', content: user },
  ];
  if (form === 'plain') return { model, messages };
  const json_schema = { name: schemaName, strict: true, schema };
  const response_format = form === 'json_schema' ? { type: form, json_schema } : { type: form };
  return { model, messages, response_format };
};

/** Throws where there is nothing to be read. */
const readAnswer = (service: Service, answer: ServiceAnswer) => {
  const parsed = answerSchema.safeParse(answer.json);
  const choice = parsed.data?.choices[0];
  const reported = reportedErrorOf({ error: choice?.error });
  if (reported) throw faultOfReportedError(reported, { secret: service.apiKey, retryAfterMs: answer.retryAfterMs });
  if (!choice?.message) throw faultOfAnswer(service, answer, 'The language model answered in an unknown shape.');
  const { content, refusal } = choice.message;
  if (refusal) throw new ServiceFault('refused', 'The language model refused to answer.');
  if (choice.finish_reason === 'content_filter') {
    throw new ServiceFault('refused', 'A content filter of the service kept the answer back.');
  }
  const isCutOff = choice.finish_reason === 'length';
  if (!content && !isCutOff) throw new ServiceFault('invalid_answer', 'The answer of the language model is empty.');
  return {
    content: content ?? '',
    isCutOff,
    promptTokens: parsed.data?.usage?.prompt_tokens ?? 0,
    completionTokens: parsed.data?.usage?.completion_tokens ?? 0,
  };
};

export const createAnalyst = (options: AnalystOptions): Analyst => {
  const { model, timeoutMs = TIMEOUT_MS } = options;
  const inBestForm = createAnswerForms(FORMS, `chat ${urlOf(options)} ${model}`, options.forms);
  return {
    model,
    answer: (question, signal) =>
      inBestForm(async (form) => {
        const body = requestOf(form, model, question);
        const answer = await callService(options, { path: '/chat/completions', body, timeoutMs, signal });
        return { ...readAnswer(options, answer), form };
      }),
  };
};
