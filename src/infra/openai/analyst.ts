// A language model by any service with OpenAI's chat.completions, not streaming. Retries are the job's, not the SDK's.
import OpenAI from 'openai';
import { z } from 'zod';
import type { Analyst } from '../../jobs/ports.ts';
import { ServiceFault } from '../../jobs/service-fault.ts';
import { serviceFaultOf } from './service-fault-of.ts';

/** Below the five minutes after which Node's fetch gives up on an answer without headers. */
const TIMEOUT_MS = 280_000;

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().catch(0), completion_tokens: z.number().catch(0) }).nullish(),
});

export interface AnalystOptions {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly timeoutMs?: number;
}

export const createAnalyst = ({ apiKey, baseUrl, model, timeoutMs = TIMEOUT_MS }: AnalystOptions): Analyst => {
  // Given in full, so that the SDK reads nothing from the environment.
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl ?? 'https://api.openai.com/v1',
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
  });
  return {
    model,
    async answer({ system, user, schemaName, schema }, signal) {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer: unknown = await client.chat.completions.create(
          {
            model,
            messages: [
              { role: 'system', content: system },
              { role: 'user', content: user },
            ],
            response_format: { type: 'json_schema', json_schema: { name: schemaName, strict: true, schema } },
          },
          // The SDK's own time-out ends with the headers; the deadline also covers the body.
          { timeout: timeoutMs + 1_000, signal: AbortSignal.any([signal, deadline]) },
        );
        const parsed = answerSchema.safeParse(answer);
        const choice = parsed.data?.choices[0];
        if (!choice) throw new ServiceFault('invalid_answer', 'The language model answered in an unknown shape.');
        if (choice.message.refusal) throw new ServiceFault('invalid_answer', 'The language model refused to answer.');
        if (choice.finish_reason === 'length' || !choice.message.content) {
          throw new ServiceFault('invalid_answer', 'The answer of the language model is cut off or empty.');
        }
        return {
          content: choice.message.content,
          promptTokens: parsed.data?.usage?.prompt_tokens ?? 0,
          completionTokens: parsed.data?.usage?.completion_tokens ?? 0,
        };
      } catch (error) {
        throw serviceFaultOf(error, { signal, deadline, secret: apiKey });
      }
    },
  };
};
