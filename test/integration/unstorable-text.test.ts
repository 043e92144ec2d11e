// Text that PostgreSQL cannot keep (NUL, half of a surrogate pair) is refused at the door, wherever it is put: behind it, it
// would be a failure of the server, and in the journal one of other rooms too.
import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RoomAnswer } from '../../src/protocol/room-answers.ts';
import {
  type ApiClient,
  type CallOptions,
  createApiClient,
  type ErrorBody,
  SMALL_STUDY,
} from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(() => server.close());

const open = (namespace: string, auth: Record<string, unknown>): Socket => {
  const socket = io(`${server.url}${namespace}`, { transports: ['websocket'], auth, forceNew: true });
  sockets.push(socket);
  return socket;
};

describe.each([
  ['NUL', 'a\u0000b'],
  ['half of a surrogate pair', 'a\ud83db'],
])('%s', (_, bad) => {
  it('[SE10, SE12] is refused with a code in every body, path and query', async () => {
    const { room, seat, recordingId } = await api.recordingSeat();
    const { studyId } = (await api.researcher<RoomAnswer>('GET', `/api/rooms/${room.id}`)).body;
    const join = (fields: Record<string, unknown>): [string, string, CallOptions] => [
      'POST',
      '/api/join',
      { body: { code: room.code, nickname: 'x', ...fields } },
    ];
    const asResearcher = (method: string, path: string, body?: unknown): [string, string, CallOptions] => [
      method,
      path,
      { token: RESEARCHER_KEY, body },
    ];
    const study = (fields: Record<string, unknown>) =>
      asResearcher('POST', '/api/studies', { ...SMALL_STUDY, ...fields });
    // Half of a pair has no UTF-8: in a path only its three bytes can stand for it.
    const inPath = bad.includes('\0') ? 'a%00b' : 'a%ED%A0%BDb';
    const cursor = Buffer.from(`1:${bad}`).toString('base64url');
    const requests: [string, string, CallOptions][] = [
      join({ code: bad }),
      join({ nickname: bad }),
      join({ externalId: bad }),
      join({ joinKey: bad }),
      join({ consent: [bad] }),
      study({ title: bad }),
      study({ pages: [{ title: bad }] }),
      study({ pages: [{ title: 'x', body: bad }] }),
      study({ pages: [{ title: 'x', questions: [{ id: bad, prompt: '?', kind: 'text' }] }] }),
      study({ settings: { pin: bad } }),
      study({ settings: { completionUrl: `https://x.example/${bad}` } }),
      study({ settings: { codebook: { [bad]: 1 } } }),
      asResearcher('PATCH', `/api/studies/${studyId}`, { title: bad }),
      asResearcher('POST', `/api/studies/${studyId}/rooms`, { label: bad }),
      asResearcher('POST', `/api/studies/${studyId}/rooms`, { description: bad }),
      asResearcher('POST', '/api/keys', { name: bad }),
      asResearcher('POST', '/api/access', { path: `/api/${bad}` }),
      ['POST', `/api/recordings/${recordingId}/complete`, { token: seat.token, body: { chunkCount: 0, digest: bad } }],
      ['GET', `/api/join/${inPath}`, {}],
      ['PUT', `/api/recordings/${inPath}/chunks/0`, { token: seat.token, body: 'x' }],
      ['PUT', `/api/recordings/${recordingId}/chunks/${inPath}`, { token: seat.token, body: 'x' }],
      ['POST', `/api/recordings/${inPath}/complete`, { token: seat.token, body: { chunkCount: 0 } }],
      asResearcher('GET', `/api/recordings/${inPath}/audio`),
      asResearcher('GET', `/api/rooms/${inPath}`),
      asResearcher('GET', `/api/rooms/${inPath}/events`),
      asResearcher('GET', `/api/rooms/${inPath}/stream`),
      asResearcher('GET', `/api/rooms/${inPath}/jobs`),
      asResearcher('GET', `/api/rooms/${inPath}/report`),
      asResearcher('GET', `/api/rooms/${inPath}/choices`),
      asResearcher('GET', `/api/rooms/${inPath}/choices.csv`),
      asResearcher('DELETE', `/api/rooms/${inPath}`),
      asResearcher('GET', `/api/studies/${inPath}`),
      asResearcher('GET', `/api/studies/${inPath}/rooms.csv`),
      asResearcher('DELETE', `/api/keys/${inPath}`),
      // Queries and cursors are decoded before anybody looks: of half a pair nothing is left in them.
      ...(bad.includes('\0')
        ? [asResearcher('GET', `/api/rooms?cursor=${cursor}`), asResearcher('GET', `/api/rooms?studyId=${inPath}`)]
        : []),
    ];
    const wrong: unknown[] = [];
    for (const [method, path, options] of requests) {
      const { status, body } = await api.call<ErrorBody>(method, path, options);
      const isRefused = path.includes('%ED')
        ? status === 400 && body.error?.code === 'invalid_request'
        : status === 422 && /^(invalid_request|digest_mismatch)$/.test(body.error?.code);
      if (!isRefused) wrong.push([method, path, options.body, status, body]);
    }
    expect(wrong).toEqual([]);
  });

  it('[SE10] is refused in commands and as the name of a page load', async () => {
    const { seat } = await api.recordingSeat();
    const { token, participant } = seat;
    const socket = open('/session', { token });
    await new Promise((resolve) => socket.once('room:snapshot', resolve));
    const ask = (name: string, body: unknown) => socket.timeout(5_000).emitWithAck(name, body);
    const value = { questionId: 'q1', value: 'yes' };
    const messages: [string, unknown][] = [
      ['page:turn', { to: 'next', commandId: bad }],
      ['choice:submit', { ...value, commandId: bad }],
      ['choice:submit', { ...value, questionId: bad }],
      ['choice:submit', { ...value, value: bad }],
      ['recording:start', { mimeType: bad }],
      ['recording:stop', { recordingId: bad }],
      ['participant:mute', { participantId: bad }],
      ['link:report', { participantId: bad, state: 'connected' }],
      ['link:report', { participantId: participant.id, state: bad }],
    ];
    for (const [name, body] of messages) {
      const answer = await ask(name, body);
      expect([name, body, answer.ok]).toEqual([name, body, false]);
      expect(['invalid_message', 'invalid_choice']).toContain(answer.error.code);
    }
    const turn = await ask('page:turn', { to: 'next', commandId: randomUUID() });
    expect(turn.error.code).toBe('not_running');

    const signaling = open('/signaling', { token, instance: bad });
    const code = await new Promise((resolve, reject) => {
      signaling.once('connect', () => reject(new Error('it was accepted')));
      signaling.once('connect_error', (error) => resolve((error as Error & { data?: { code: string } }).data?.code));
    });
    expect(code).toBe('invalid_message');
  });
});
