// A local service with OpenAI's /v1/audio/transcriptions and /v1/chat/completions over real HTTP: remembers what it received,
// answers by script, fails on demand. Test support only.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

export interface ReceivedAudio {
  readonly bytes: Uint8Array;
  /** sha-256, base64. */
  readonly digest: string;
  readonly fileName: string;
  readonly mimeType: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

const chatRequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  response_format: z.unknown().optional(),
  stream: z.boolean().optional(),
});
export type ReceivedChat = z.infer<typeof chatRequestSchema> & { readonly authorization: string | undefined };

export interface SpeechSegment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly no_speech_prob?: number;
  readonly avg_logprob?: number;
}

/** How a request fails instead of being answered. */
export type Fault =
  | {
      readonly type: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  /** Takes the request and says nothing until the server is closed, or `release()` lets it answer. */
  | { readonly type: 'silence' }
  /** Headers and half of the body, then nothing. */
  | { readonly type: 'half_open' }
  /** Headers and half of the body, then the connection is cut. */
  | { readonly type: 'cut' }
  | { readonly type: 'truncated_json' }
  | { readonly type: 'raw'; readonly text: string; readonly contentType: string }
  | { readonly type: 'body'; readonly body: unknown };

export interface OpenAiServer {
  /** With `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly transcriptions: readonly ReceivedAudio[];
  readonly chats: readonly ReceivedChat[];
  /** Called after each request was received whole, before it is answered. */
  onRequest: (kind: 'speech' | 'chat') => void;
  speech: (audio: ReceivedAudio) => readonly SpeechSegment[];
  /** The message content: an object is sent as JSON. */
  chat: (request: ReceivedChat) => unknown;
  /** One after another, before anything is answered; undefined lets one request through. */
  failSpeech(...faults: readonly (Fault | undefined)[]): void;
  failChat(...faults: readonly (Fault | undefined)[]): void;
  /** Asked for each request that no fault of the list is for: what a service of this kind does to such a request. */
  refuseSpeech: (audio: ReceivedAudio) => Fault | undefined;
  refuseChat: (request: ReceivedChat) => Fault | undefined;
  /** Answers those that are kept waiting by `silence`. */
  release(): void;
  close(): Promise<void>;
}

const promptSchema = z.object({
  utterances: z.array(z.object({ id: z.string(), speaker: z.string(), text: z.string() })),
  choices: z.array(z.object({ participant: z.string(), questionId: z.string() })),
});

/** A report that cites for each speaker what the prompt really holds. */
export const honestReportOf = (request: ReceivedChat): unknown => {
  const user = request.messages.findLast((message) => message.role === 'user')?.content ?? '{}';
  const { utterances, choices } = promptSchema.parse(JSON.parse(user));
  const speakers = [...new Set(utterances.map((utterance) => utterance.speaker))].sort();
  const idsOf = (speaker: string) => utterances.filter((one) => one.speaker === speaker).map((one) => one.id);
  const everyFirst = speakers.flatMap((speaker) => idsOf(speaker).slice(0, 1));
  return {
    participants: speakers.map((speaker) => ({
      participant: speaker,
      position: { text: `${speaker} takes a position.`, utteranceIds: idsOf(speaker).slice(0, 1) },
      arguments: [{ text: `${speaker} argues.`, utteranceIds: idsOf(speaker) }],
      choices: choices.some((choice) => choice.participant === speaker)
        ? [{ text: `${speaker} chose as said.`, utteranceIds: idsOf(speaker).slice(0, 1) }]
        : [],
    })),
    agreements: everyFirst.length > 1 ? [{ text: 'They agree on something.', utteranceIds: everyFirst }] : [],
    disagreements: [],
  };
};

const readBody = async (request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
};

const audioOf = async (request: IncomingMessage, body: Uint8Array<ArrayBuffer>): Promise<ReceivedAudio> => {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(body, { headers }).formData();
  const file = form.get('file');
  if (!(file instanceof File)) throw new Error('the form has no file');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const fields = [...form.entries()].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    bytes,
    digest: createHash('sha256').update(bytes).digest('base64'),
    fileName: file.name,
    mimeType: file.type,
    fields: Object.fromEntries(fields),
    authorization: request.headers.authorization,
  };
};

const sendJson = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

const sendHalf = async (response: ServerResponse, body: unknown, cut: boolean): Promise<void> => {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
  response.write(text.slice(0, text.length / 2));
  if (!cut) return;
  await new Promise((resolve) => response.socket?.write('', resolve));
  response.destroy();
};

const failWith = async (fault: Exclude<Fault, { type: 'silence' }>, response: ServerResponse, good: unknown) => {
  switch (fault.type) {
    case 'status':
      return sendJson(response, fault.status, fault.body ?? { error: { message: 'scripted' } }, fault.headers);
    case 'half_open':
      return sendHalf(response, good, false);
    case 'cut':
      return sendHalf(response, good, true);
    case 'raw':
      response.writeHead(200, { 'content-type': fault.contentType }).end(fault.text);
      return;
    case 'truncated_json':
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(good).slice(0, -20));
      return;
    case 'body':
      return sendJson(response, 200, fault.body);
  }
};

const speechAnswerOf = (segments: readonly SpeechSegment[]) => ({
  task: 'transcribe',
  language: 'english',
  duration: segments.at(-1)?.end ?? 0,
  text: segments.map((segment) => segment.text).join(' '),
  segments: segments.map((segment, id) => ({ id, no_speech_prob: 0.01, avg_logprob: -0.2, ...segment })),
});

const chatAnswerOf = (request: ReceivedChat, content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return {
    id: 'chatcmpl-local',
    object: 'chat.completion',
    created: 0,
    model: request.model,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text, refusal: null } }],
    usage: { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 },
  };
};

export const startOpenAiServer = async (port = 0): Promise<OpenAiServer> => {
  const transcriptions: ReceivedAudio[] = [];
  const chats: ReceivedChat[] = [];
  const faults: Record<'speech' | 'chat', (Fault | undefined)[]> = { speech: [], chat: [] };
  let waiting: (() => void)[] = [];

  const answer = async (
    kind: 'speech' | 'chat',
    response: ServerResponse,
    good: () => unknown,
    refuse: () => Fault | undefined,
  ): Promise<void> => {
    const fault = faults[kind].shift() ?? refuse();
    running.onRequest(kind);
    if (fault?.type === 'silence') await new Promise<void>((resolve) => waiting.push(resolve));
    else if (fault) return failWith(fault, response, good());
    sendJson(response, 200, good());
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (request.method === 'POST' && request.url === '/v1/audio/transcriptions') {
      const audio = await audioOf(request, body);
      transcriptions.push(audio);
      return answer(
        'speech',
        response,
        () => speechAnswerOf(running.speech(audio)),
        () => running.refuseSpeech(audio),
      );
    }
    if (request.method === 'POST' && request.url === '/v1/chat/completions') {
      const parsed = chatRequestSchema.parse(JSON.parse(new TextDecoder().decode(body)));
      const chat = { ...parsed, authorization: request.headers.authorization };
      chats.push(chat);
      return answer(
        'chat',
        response,
        () => chatAnswerOf(chat, running.chat(chat)),
        () => running.refuseChat(chat),
      );
    }
    sendJson(response, 404, { error: { message: `nothing at ${request.url}` } });
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 400, { error: { message: String(error) } });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');

  const running: OpenAiServer = {
    url: `http://127.0.0.1:${address.port}/v1`,
    port: address.port,
    transcriptions,
    chats,
    onRequest: () => {},
    speech: (audio) => [{ start: 0, end: 1, text: `words of ${audio.digest.slice(0, 8)}` }],
    chat: honestReportOf,
    refuseSpeech: () => undefined,
    refuseChat: () => undefined,
    failSpeech: (...list) => void faults.speech.push(...list),
    failChat: (...list) => void faults.chat.push(...list),
    release() {
      for (const go of waiting) go();
      waiting = [];
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return running;
};
