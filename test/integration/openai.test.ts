// The adapters against a local service over real HTTP: what they send, what they make of answers, and how each failure is named.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAnalyst } from '../../src/infra/openai/analyst.ts';
import { createSpeechToText } from '../../src/infra/openai/speech-to-text.ts';
import { type Fault, type OpenAiServer, startOpenAiServer } from '../support/jobs/openai-server.ts';

const API_KEY = 'sk-local-secret-key';
const AUDIO = {
  bytes: new Uint8Array([1, 2, 3]),
  fileName: 'audio.ogg',
  mimeType: 'audio/ogg',
  language: 'ko',
  durationMs: 0,
};
const QUESTION = { system: 's', user: 'u', schemaName: 'n', schema: { type: 'object' } };

let ai: OpenAiServer;

beforeEach(async () => {
  ai = await startOpenAiServer();
  ai.chat = () => ({ fine: true });
});
afterEach(() => ai.close());

const transcribe = (signal = new AbortController().signal) =>
  createSpeechToText({ apiKey: API_KEY, baseUrl: ai.url, model: 'whisper-1', shortestTimeoutMs: 700 }).transcribe(
    AUDIO,
    signal,
  );
const answer = (signal = new AbortController().signal) =>
  createAnalyst({ apiKey: API_KEY, baseUrl: ai.url, model: 'gpt-test', timeoutMs: 700 }).answer(QUESTION, signal);

const status = (code: number, body?: unknown, headers?: Record<string, string>): Fault => ({
  type: 'status',
  status: code,
  ...(body === undefined ? {} : { body }),
  ...(headers === undefined ? {} : { headers }),
});

describe('speech to text', () => {
  test('sends the file with its name, type and language, and asks for segments', async () => {
    ai.speech = () => [{ start: 0.5, end: 2, text: ' 네\0 ', no_speech_prob: 0.2, avg_logprob: -0.4 }];
    expect(await transcribe()).toEqual({
      segments: [{ from: 0.5, to: 2, text: ' 네 ', noSpeechProb: 0.2, avgLogprob: -0.4 }],
      form: 'verbose_json',
    });
    const [audio] = ai.transcriptions;
    expect(audio).toMatchObject({ fileName: 'audio.ogg', mimeType: 'audio/ogg', bytes: AUDIO.bytes });
    expect(audio?.fields).toEqual({
      model: 'whisper-1',
      language: 'ko',
      response_format: 'verbose_json',
      temperature: '0',
    });
  });
});

describe('language model', () => {
  test('sends both messages and the strict schema, not streaming, and counts the tokens', async () => {
    expect(await answer()).toEqual({
      content: '{"fine":true}',
      form: 'json_schema',
      isCutOff: false,
      promptTokens: 1_000,
      completionTokens: 200,
    });
    expect(ai.chats[0]).toMatchObject({
      model: 'gpt-test',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'u' },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: { type: 'object' } } },
      authorization: `Bearer ${API_KEY}`,
    });
    expect(ai.chats[0]?.stream).toBeFalsy();
  });

  const message = (fields: object, finish = 'stop'): Fault => ({
    type: 'body',
    body: { choices: [{ finish_reason: finish, message: fields }] },
  });
  test.each<[string, Fault, string]>([
    ['a refusal', message({ content: null, refusal: 'I will not' }), 'refused'],
    ['a content filter', message({ content: '' }, 'content_filter'), 'refused'],
    ['an empty answer', message({ content: '' }), 'invalid_answer'],
    ['no choices', { type: 'body', body: { choices: [] } }, 'invalid_answer'],
  ])('[JB8] %s is told for what it is', async (_, fault, kind) => {
    ai.failChat(fault);
    await expect(answer()).rejects.toMatchObject({ kind });
  });
});

describe.each([
  ['speech', transcribe, (fault: Fault) => ai.failSpeech(fault)],
  ['chat', answer, (fault: Fault) => ai.failChat(fault)],
] as const)('failures of %s', (kind, call, fail) => {
  test.each<[string, Fault, string]>([
    ['429', status(429), 'rate_limited'],
    ['429 without quota', status(429, { error: { code: 'insufficient_quota', message: 'x' } }), 'quota_exhausted'],
    ['500', status(500), 'server_error'],
    ['503', status(503, 'not even JSON'), 'server_error'],
    ['401', status(401, { error: { message: `bad key ${API_KEY}` } }), 'unauthorized'],
    ['400', status(400, { error: { message: `bad request with ${API_KEY}` } }), 'rejected'],
    ['404', status(404), 'rejected'],
    ['413', status(413), 'audio_too_large'],
    ['no answer at all', { type: 'silence' }, 'timeout'],
    ['half an answer, then nothing', { type: 'half_open' }, 'timeout'],
    ['half an answer, then a cut', { type: 'cut' }, 'network'],
    ['JSON that ends early', { type: 'truncated_json' }, 'invalid_answer'],
    ['another shape', { type: 'body', body: [1, 2] }, 'invalid_answer'],
  ])('[JB7] [JB9] %s', async (_, fault, expected) => {
    fail(fault);
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ServiceFault', kind: expected });
    expect(String(error)).not.toContain(API_KEY);
    expect(kind === 'speech' ? ai.transcriptions : ai.chats).toHaveLength(1);
  });

  test.each<[string, Record<string, string>, number, number]>([
    ['seconds', { 'retry-after': '7' }, 7_000, 7_000],
    ['milliseconds', { 'retry-after-ms': '250' }, 250, 250],
    ['a date', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }, 3_500_000, 3_600_000],
  ])('[JB7] retry-after in %s is kept', async (_, headers, least, most) => {
    fail(status(429, undefined, headers));
    const error = await call().catch((reason: { retryAfterMs: number }) => reason);
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThanOrEqual(least);
    expect(retryAfterMs).toBeLessThanOrEqual(most);
  });

  test('an abort of the caller passes through with its reason', async () => {
    fail({ type: 'silence' });
    const controller = new AbortController();
    ai.onRequest = () => controller.abort(new Error('closing'));
    await expect(call(controller.signal)).rejects.toThrow('closing');
  });

  test('a service that is not there is a network failure', async () => {
    await ai.close();
    await expect(call()).rejects.toMatchObject({ kind: 'network' });
    ai = await startOpenAiServer();
  });
});
