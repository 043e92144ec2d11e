// Speech to text by any service with OpenAI's audio.transcriptions. Retries are the job's, not the SDK's.
import OpenAI, { toFile } from 'openai';
import { z } from 'zod';
import type { SpeechToText } from '../../jobs/ports.ts';
import { ServiceFault } from '../../jobs/service-fault.ts';
import { serviceFaultOf } from './service-fault-of.ts';

/** A call takes at least this long before it is given up; longer audio gets its own length on top. */
const SHORTEST_TIMEOUT_MS = 60_000;
/** Node's fetch gives up on an answer without headers after this, whatever the SDK is told. */
const LONGEST_TIMEOUT_MS = 295_000;

const answerSchema = z.object({
  text: z.string().default(''),
  duration: z.coerce.number().nonnegative().catch(0),
  segments: z
    .array(
      z.object({
        start: z.number(),
        end: z.number(),
        text: z.string(),
        no_speech_prob: z.number().nullish(),
        avg_logprob: z.number().nullish(),
      }),
    )
    .nullish(),
});

/** jsonb refuses both. */
const storableOf = (text: string): string => text.replaceAll('\0', '').toWellFormed();

export interface SpeechToTextOptions {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly shortestTimeoutMs?: number;
}

export const createSpeechToText = (options: SpeechToTextOptions): SpeechToText => {
  const { apiKey, baseUrl, model, shortestTimeoutMs = SHORTEST_TIMEOUT_MS } = options;
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
    async transcribe({ bytes, fileName, mimeType, language, durationMs }, signal) {
      // Durations are fractions on the room clock; a timer takes whole milliseconds only.
      const timeout = Math.ceil(Math.min(shortestTimeoutMs + durationMs, LONGEST_TIMEOUT_MS));
      const deadline = AbortSignal.timeout(timeout);
      try {
        const answer: unknown = await client.audio.transcriptions.create(
          {
            file: await toFile(bytes, fileName, { type: mimeType }),
            model,
            language,
            response_format: 'verbose_json',
            timestamp_granularities: ['segment'],
            temperature: 0,
          },
          // The SDK's own time-out ends with the headers; the deadline also covers the body.
          { timeout: timeout + 1_000, signal: AbortSignal.any([signal, deadline]) },
        );
        const parsed = answerSchema.safeParse(answer);
        if (!parsed.success) {
          throw new ServiceFault('invalid_answer', 'The speech service answered in another shape than was asked for.');
        }
        const { text, duration, segments } = parsed.data;
        if (!segments) {
          const whole = { from: 0, to: duration || durationMs / 1_000, text: storableOf(text) };
          return text.trim() === '' ? [] : [whole];
        }
        return segments.map((segment) => ({
          from: Math.max(0, segment.start),
          to: Math.max(0, segment.start, segment.end),
          text: storableOf(segment.text),
          ...(typeof segment.no_speech_prob === 'number' && { noSpeechProb: segment.no_speech_prob }),
          ...(typeof segment.avg_logprob === 'number' && { avgLogprob: segment.avg_logprob }),
        }));
      } catch (error) {
        throw serviceFaultOf(error, { signal, deadline, secret: apiKey });
      }
    },
  };
};
