// Speech to text by any service with OpenAI's audio/transcriptions.
import type { ServiceForms, SpeechToText } from '../../jobs/ports.ts';
import { createAnswerForms } from './answer-forms.ts';
import { callService, faultOfAnswer, type Service, urlOf } from './call-service.ts';
import { segmentsOf, segmentsOfText } from './speech-answer.ts';

/** A call takes at least this long before it is given up; longer audio gets its own length on top. */
const SHORTEST_TIMEOUT_MS = 60_000;
/** Node's fetch gives up on an answer without headers after five minutes, whatever it is told. */
const LONGEST_TIMEOUT_MS = 295_000;

const FORMS = ['verbose_json', 'json', 'text'] as const;

export interface SpeechToTextOptions extends Service {
  readonly shortestTimeoutMs?: number;
  readonly forms?: ServiceForms;
}

export const createSpeechToText = (options: SpeechToTextOptions): SpeechToText => {
  const { model, shortestTimeoutMs = SHORTEST_TIMEOUT_MS } = options;
  const inBestForm = createAnswerForms(FORMS, `speech ${urlOf(options)} ${model}`, options.forms);
  return {
    model,
    transcribe: ({ bytes, fileName, mimeType, language, durationMs }, signal) =>
      inBestForm(async (form) => {
        const body = new FormData();
        body.append('file', new File([bytes], fileName, { type: mimeType }));
        for (const [name, value] of Object.entries({ model, language, response_format: form, temperature: '0' })) {
          body.append(name, value);
        }
        const timeoutMs = Math.min(shortestTimeoutMs + durationMs, LONGEST_TIMEOUT_MS);
        const answer = await callService(options, { path: '/audio/transcriptions', body, timeoutMs, signal });
        const isPlain = form === 'text' && (typeof answer.json !== 'object' || answer.json === null);
        const segments = isPlain ? segmentsOfText(answer.text) : segmentsOf(answer.json);
        if (segments) return { segments, form };
        throw faultOfAnswer(options, answer, 'The speech service answered without text and segments.');
      }),
  };
};
