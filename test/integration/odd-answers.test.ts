// Answers that users of OpenAI-compatible services have reported: what the adapters make of each, and how many requests it takes.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAnalyst } from '../../src/infra/openai/analyst.ts';
import { createSpeechToText } from '../../src/infra/openai/speech-to-text.ts';
import { parseAnswer } from '../../src/jobs/analysis-answer.ts';
import type { ServiceForms } from '../../src/jobs/ports.ts';
import { type Fault, type OpenAiServer, type ReceivedChat, startOpenAiServer } from '../support/jobs/openai-server.ts';

const AUDIO = {
  bytes: new Uint8Array([1, 2, 3]),
  fileName: 'audio.ogg',
  mimeType: 'audio/ogg',
  language: 'ko',
  durationMs: 10_000,
};
const QUESTION = {
  system: 'Report.',
  user: 'u',
  schemaName: 'n',
  schema: { type: 'object', required: ['agreements'] },
};
const REPORT = { participants: [], agreements: [{ text: 'Yes {really}.', utteranceIds: ['u1'] }], disagreements: [] };

let ai: OpenAiServer;

beforeEach(async () => {
  ai = await startOpenAiServer();
  ai.chat = () => REPORT;
});
afterEach(() => ai.close());

const createForms = (): ServiceForms & { readonly known: Map<string, string> } => {
  const known = new Map<string, string>();
  return {
    known,
    form: async (service) => known.get(service),
    learn: async (service, form) => void known.set(service, form),
  };
};

const speechOf = (forms?: ServiceForms) => {
  const speech = createSpeechToText({
    apiKey: 'sk-local',
    baseUrl: `${ai.url}/`,
    model: 'm',
    shortestTimeoutMs: 5_000,
    ...(forms && { forms }),
  });
  return () => speech.transcribe(AUDIO, new AbortController().signal);
};
const chatOf = (forms?: ServiceForms) => {
  const analyst = createAnalyst({
    apiKey: 'sk-local',
    baseUrl: ai.url,
    model: 'm',
    timeoutMs: 5_000,
    ...(forms && { forms }),
  });
  return () => analyst.answer(QUESTION, new AbortController().signal);
};

const body = (value: unknown): Fault => ({ type: 'body', body: value });
const raw = (text: string, contentType = 'text/plain'): Fault => ({ type: 'raw', text, contentType });
const status = (code: number, message: unknown): Fault => ({ type: 'status', status: code, body: message });

describe('words of a speech service', () => {
  test.each<[string, Fault, unknown[]]>([
    ['text without segments', body({ text: 'all of it' }), [{ text: 'all of it' }]],
    ['no words', body({ text: ' ' }), []],
    ['an empty list of segments with text', body({ segments: [], text: 'all of it' }), [{ text: 'all of it' }]],
    [
      'segments without a text of the whole',
      body({ segments: [{ start: 1, end: 2, text: 'a' }] }),
      [{ from: 1, to: 2, text: 'a' }],
    ],
    ['an end of null', body({ text: 'a', segments: [{ start: 1, end: null, text: 'a' }] }), [{ from: 1, text: 'a' }]],
    [
      'times as texts',
      body({ text: 'a', segments: [{ start: '1.5', end: '2.5s', text: 'a' }] }),
      [{ from: 1.5, to: 2.5, text: 'a' }],
    ],
    [
      'times of a clock',
      body({ text: 'a', segments: [{ start: '00:00:01,500', end: '1:02.5', text: 'a' }] }),
      [{ from: 1.5, to: 62.5, text: 'a' }],
    ],
    [
      'a text of null beside the whole',
      body({ text: 'a b', segments: [{ start: 1, end: 2, text: null }] }),
      [{ text: 'a b' }],
    ],
    [
      'a word that is in no segment',
      body({
        text: 'a b c',
        segments: [
          { start: 1, end: 2, text: 'a' },
          { start: 3, end: 4, text: 'c' },
        ],
      }),
      [{ from: 1, to: 2, text: 'a' }, { text: 'b' }, { from: 3, to: 4, text: 'c' }],
    ],
    [
      'segments that are not in the whole',
      body({ text: 'quite other words', segments: [{ start: 1, end: 2, text: 'a' }] }),
      [{ text: 'quite other words' }],
    ],
    [
      'a segment that is none',
      body({ text: 'a', segments: [null, 5, { start: 1, end: 2, text: 'a' }] }),
      [{ from: 1, to: 2, text: 'a' }],
    ],
    [
      'bare NaN',
      raw(
        '{"text":"a NaN","segments":[{"start":1,"end":NaN,"avg_logprob":-Infinity,"text":"a NaN"}]}',
        'application/json',
      ),
      [{ from: 1, text: 'a NaN' }],
    ],
    [
      'JSON as text/plain',
      raw('{"text":"a","segments":[{"start":1,"end":2,"text":"a"}]}'),
      [{ from: 1, to: 2, text: 'a' }],
    ],
    ['words beside an error', body({ text: 'a', error: { message: 'partly' } }), [{ text: 'a' }]],
    ['an error of null', body({ text: 'a', error: null }), [{ text: 'a' }]],
  ])('[JB22] %s', async (_, fault, expected) => {
    ai.failSpeech(fault);
    expect(await speechOf()()).toEqual({ segments: expected, form: 'verbose_json' });
    expect(ai.transcriptions).toHaveLength(1);
  });

  test.each<[string, Fault, string]>([
    ['an error', body({ error: { message: 'the model crashed' } }), 'server_error'],
    ['an error of a limit', body({ error: { message: 'x', code: 'rate_limit_exceeded' } }), 'rate_limited'],
    ['an error 429', body({ error: { message: 'x', code: 429 } }), 'rate_limited'],
    ['an error 401', body({ error: { message: 'x', code: '401' } }), 'unauthorized'],
    ['an empty quota', body({ error: { message: 'x', type: 'insufficient_quota' } }), 'quota_exhausted'],
    ['an error in words', body({ error: 'out of memory' }), 'server_error'],
    ['an error beside empty words', body({ text: '', error: { message: 'x' } }), 'server_error'],
    ['a detail', body({ detail: 'Internal error' }), 'server_error'],
    ['nothing', body({}), 'invalid_answer'],
    ['another key', body({ transcription: 'words' }), 'invalid_answer'],
    ['a text that is none', body({ text: { de: 'Wort' } }), 'invalid_answer'],
    ['a page', raw('<!DOCTYPE html><p>Sign in</p>', 'text/html'), 'invalid_answer'],
    ['nothing at all', raw(''), 'invalid_answer'],
  ])('[JB24] %s with status 200 is no answer', async (_, fault, kind) => {
    ai.failSpeech(fault);
    await expect(speechOf()()).rejects.toMatchObject({ kind });
    expect(ai.transcriptions).toHaveLength(1);
  });

  test.each([
    [
      'audio duration 1500.6 seconds is longer than 1400 seconds which is the maximum for this model',
      'audio_too_large',
    ],
    ['Invalid file format.', 'rejected'],
  ])('[JB11] a 400 that says %j', async (message, kind) => {
    ai.failSpeech(status(400, { error: { message } }));
    await expect(speechOf()()).rejects.toMatchObject({ kind });
  });
});

describe('what a speech service is able to', () => {
  const only = (...forms: string[]) => {
    ai.refuseSpeech = (audio) => {
      const form = audio.fields.response_format ?? '';
      if (forms.includes(form)) return form === 'text' ? raw('some words') : body({ text: 'some words' });
      return status(400, {
        error: { message: `response_format '${form}' is not compatible`, param: 'response_format' },
      });
    };
  };

  test.each([
    ['json and text', ['json', 'text'], 'json', 2],
    ['text alone', ['text'], 'text', 3],
  ] as const)('[JB23] %s: found out once, remembered over restarts', async (_, able, form, requests) => {
    only(...able);
    const forms = createForms();
    const first = speechOf(forms);
    expect(await first()).toEqual({ segments: [{ text: 'some words' }], form });
    await first();
    expect(ai.transcriptions).toHaveLength(requests + 1);
    await speechOf(forms)();
    expect(ai.transcriptions).toHaveLength(requests + 2);
    expect([...forms.known.values()]).toEqual([form]);
  });

  test('[JB23] a refusal in another shape is understood, one of the audio is not taken for it', async () => {
    ai.failSpeech(status(422, { detail: [{ loc: ['body', 'response_format'], msg: 'Input should be json' }] }));
    expect(await speechOf()()).toMatchObject({ form: 'json' });
    ai.failSpeech(status(400, { error: { message: 'not audio' } }));
    await expect(speechOf()()).rejects.toMatchObject({ kind: 'rejected' });
    expect(ai.transcriptions).toHaveLength(3);
  });
});

describe('what a language model is able to', () => {
  const able = (request: ReceivedChat, forms: readonly string[]): Fault | undefined => {
    const { type } = (request.response_format ?? { type: 'plain' }) as { type: string };
    return forms.includes(type)
      ? undefined
      : status(400, { error: { message: `response_format.type ${type} is not known` } });
  };

  test.each([
    ['json_object', ['json_object', 'plain'], 2],
    ['plain', ['plain'], 3],
  ] as const)('[JB23] %s: found out once, the schema goes into the prompt', async (form, forms, requests) => {
    ai.refuseChat = (request) => able(request, forms);
    const memory = createForms();
    expect(await chatOf(memory)()).toMatchObject({ form });
    expect(ai.chats).toHaveLength(requests);
    await chatOf(memory)();
    expect(ai.chats).toHaveLength(requests + 1);
    expect(ai.chats.at(-1)?.messages[0]?.content).toContain('"required":["agreements"]');
  });

  const json = JSON.stringify(REPORT);
  const message = (content: unknown, finish_reason = 'stop'): Fault =>
    body({ choices: [{ finish_reason, message: { role: 'assistant', content } }] });
  test.each<[string, Fault]>([
    ['alone', message(json)],
    ['behind thinking', message(`<think>{"participants":[]} or so {</think>\n${json}`)],
    ['behind thinking whose begin is missing', message(`Let me see: {"a":1}\n</think>${json}`)],
    ['in a fence with words', message(`Here it is:\n\`\`\`json\n${json}\n\`\`\`\nI hope that it helps {}.`)],
    ['in a wrapper', message(JSON.stringify({ answer: REPORT }))],
    ['as an object instead of its text', message(REPORT)],
    [
      'in parts',
      message([
        { type: 'text', text: json.slice(0, 20) },
        { type: 'text', text: json.slice(20) },
      ]),
    ],
    [
      'beside thinking in parts',
      message([
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: json },
      ]),
    ],
    ['complete although the model was stopped', message(`${json} And so`, 'length')],
  ])('[JB24] the report %s is found with one request', async (_, fault) => {
    ai.failChat(fault);
    const { content, isCutOff } = await chatOf()();
    expect(parseAnswer(content, isCutOff)).toEqual(REPORT);
    expect(ai.chats).toHaveLength(1);
  });

  test.each<[string, Fault, string]>([
    ['a 200 that says 429', body({ error: { code: 429, message: 'slow down' } }), 'rate_limited'],
    ['a choice that is an error', body({ choices: [{ error: { code: 502, message: 'upstream' } }] }), 'server_error'],
    ['an error in words', body({ error: 'model not loaded' }), 'server_error'],
    ['another shape', body({ output: 'x' }), 'invalid_answer'],
    ['a content filter as 400', status(400, { error: { code: 'content_filter', message: 'x' } }), 'refused'],
  ])('[JB24] %s is told for what it is', async (_, fault, kind) => {
    ai.failChat(fault);
    await expect(chatOf()()).rejects.toMatchObject({ kind });
    expect(ai.chats).toHaveLength(1);
  });

  test('[JB8] a stop at the length is said so', async () => {
    ai.failChat(message(json.slice(0, 40), 'length'));
    const { content, isCutOff } = await chatOf()();
    expect(() => parseAnswer(content, isCutOff)).toThrow(expect.objectContaining({ kind: 'answer_cut_off' }));
  });
});
