// Refused in the middle of an upload: the refusal arrives, and the connection does what it said it would.
import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import { type ApiClient, chunkHeaders, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

const MIB = 1024 * 1024;
const TOO_LARGE = randomBytes(17 * MIB);
const ROUNDS = 6;

let server: ApiServer;
let api: ApiClient;
let seat: JoinAnswer;
let recordingId: string;

beforeAll(async () => {
  // What is sent here again and again would otherwise wait its time.
  server = await startApiServer({ pause: async () => {} });
  api = createApiClient(server);
  ({ seat, recordingId } = await api.recordingSeat());
});
afterAll(() => server.close());

const pathOf = (index: number) => `/api/recordings/${recordingId}/chunks/${index}`;
const headersOf = (bytes: Uint8Array) => ({ authorization: `Bearer ${seat.token}`, ...chunkHeaders(bytes) });

interface Sent {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: ErrorBody;
}

const put = (agent: Agent, index: number, bytes: Uint8Array, sized: boolean): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const headers = { ...headersOf(bytes), ...(sized && { 'content-length': bytes.length }) };
    const sending = request(`${server.url}${pathOf(index)}`, { method: 'PUT', agent, headers });
    sending.on('error', reject);
    sending.on('response', async (answer: IncomingMessage) => {
      let text = '';
      for await (const part of answer) text += String(part);
      resolve({ status: answer.statusCode, connection: answer.headers.connection, body: JSON.parse(text) });
    });
    // Without a length the parts are sent as chunks.
    for (let at = 0; at < bytes.length; at += MIB) sending.write(bytes.subarray(at, at + MIB));
    sending.end();
  });

describe('[RC2] other bytes under an index that is taken', () => {
  it.each([
    ['with a length', true],
    ['without a length', false],
  ])('are refused before they are read, %s, on a kept connection', async (_, sized) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (let round = 0; round < ROUNDS; round += 1) {
      expect([200, 201]).toContain((await put(agent, 0, Buffer.from('a chunk'), sized)).status);
      const refused = await put(agent, 0, TOO_LARGE.subarray(MIB), sized);
      expect([refused.status, refused.body.error.code]).toEqual([409, 'chunk_conflict']);
      expect(refused.connection).toBe('keep-alive');
    }
  });
});

describe('[RC3] more than 16 MiB', () => {
  it.each([
    ['with a length', true],
    ['without a length', false],
  ])('is refused on a kept connection, %s, which takes the next request', async (_, sized) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (let round = 0; round < ROUNDS; round += 1) {
      const refused = await put(agent, 1, TOO_LARGE, sized);
      expect([refused.status, refused.body.error.code]).toEqual([413, 'body_too_large']);
      expect(refused.connection).toBe('keep-alive');
      const next = await put(agent, 0, Buffer.from('a chunk'), sized);
      expect([200, 201]).toContain(next.status);
    }
  });

  it.each([
    ['a little', [TOO_LARGE]],
    ['far', [TOO_LARGE, TOO_LARGE, TOO_LARGE]],
  ])('is refused in words when fetch streams it, every time: %s too much', async (_, parts) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await fetch(`${server.url}${pathOf(1)}`, {
        method: 'PUT',
        headers: headersOf(TOO_LARGE),
        body: new Blob(parts).stream(),
        duplex: 'half',
      } as RequestInit);
      expect([answer.status, ((await answer.json()) as ErrorBody).error.code]).toEqual([413, 'body_too_large']);
    }
  });
});

it('[SE5] an upload without an end is cut, and the answer says so', async () => {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = request(`${server.url}${pathOf(2)}`, { method: 'PUT', agent, headers: headersOf(TOO_LARGE) });
    let answered = false;
    const pump = (): void => {
      while (!answered && sending.write(TOO_LARGE.subarray(0, MIB)));
    };
    sending.on('drain', pump);
    sending.on('error', (error) => answered || reject(error));
    sending.on('response', (response) => {
      answered = true;
      response.resume();
      resolve(response);
    });
    pump();
  });
  expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close']);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
});
