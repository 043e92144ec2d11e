// What every request meets before its route: errors, request ids, paths, origins, and that secrets reach no log.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiKeyAnswer } from '../../src/protocol/access-answers.ts';
import { type ApiClient, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

const FRIEND = 'https://front-end.example';
let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer({ corsOrigins: [FRIEND] });
  api = createApiClient(server);
});
afterAll(() => server.close());

/** A request whose path is sent as it stands: fetch would tidy it up. */
const rawGet = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    const head = Object.entries({ host: 'localhost', connection: 'close', ...headers });
    socket.write(`GET ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`);
  });

describe('at the door', () => {
  it('[JN7] every error is JSON with a code and a request id', async () => {
    const broken: [string, string, { body?: unknown; headers?: Record<string, string>; token?: string }, number][] = [
      ['GET', '/api/nothing/here', {}, 404],
      ['PUT', '/api/join', {}, 404],
      ['POST', '/elsewhere', {}, 404],
      ['GET', '/assets/none-12345.js', {}, 404],
      ['POST', '/api/join', { body: '{"code":', headers: { 'content-type': 'application/json' } }, 400],
      ['POST', '/api/join', { body: '[]', headers: { 'content-type': 'application/json' } }, 422],
      ['POST', '/api/join', { body: 'null', headers: { 'content-type': 'application/json' } }, 422],
      ['POST', '/api/join', { body: 'code=ABC', headers: { 'content-type': 'text/plain' } }, 422],
      ['POST', '/api/join', { body: 'x'.repeat(70_000), headers: { 'content-type': 'application/json' } }, 413],
      ['POST', '/api/studies', { body: 'x'.repeat(9_000_000), token: RESEARCHER_KEY }, 413],
      ['GET', '/api/studies', {}, 401],
      ['GET', `/api/studies/${'x'.repeat(200)}`, { token: RESEARCHER_KEY }, 422],
      ['GET', '/api/studies/a%00b', { token: RESEARCHER_KEY }, 422],
    ];
    for (const [method, path, options, status] of broken) {
      const answer = await api.call<ErrorBody>(method, path, options);
      expect([path, answer.status]).toEqual([path, status]);
      const { code, message, retryable, requestId } = answer.body.error;
      expect([typeof code, typeof message, retryable]).toEqual(['string', 'string', false]);
      expect(answer.headers.get('x-request-id')).toBe(requestId);
    }
  });

  it('[JN7] takes a request id that is harmless, and words in Korean where they are asked for', async () => {
    const ask = (headers: Record<string, string>) => api.call<ErrorBody>('GET', '/api/studies', { headers });
    expect((await ask({ 'x-request-id': 'abc-123' })).body.error.requestId).toBe('abc-123');
    for (const id of ['a b', '<script>', 'x'.repeat(65)]) {
      expect((await ask({ 'x-request-id': id })).body.error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await ask({ 'accept-language': 'ko-KR,ko;q=0.9' })).body.error.message).toContain('인증');
  });

  it('[SE9] no path leaves its folder, however it is spelled', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/assets/../../package.json',
      '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
      '//etc/passwd',
      '/..\\package.json',
      '/api/recordings/..%2f..%2fetc%2fpasswd/audio',
    ]) {
      const answer = await rawGet(path, { authorization: `Bearer ${RESEARCHER_KEY}` });
      expect(answer).toMatch(/^HTTP\/1\.1 (400|404|422|503) /);
      expect(answer).not.toContain('"trialogue"');
      expect(answer).not.toContain('root:');
    }
    await expect(server.blobs.put('../outside', Buffer.from('x'))).rejects.toThrow(/storage key/);
  });

  it('[SE5] names that every object inherits change nothing and find nothing', async () => {
    const headers = { 'content-type': 'application/json' };
    const asked = (method: string, path: string, body: string) =>
      api.call<ErrorBody>(method, path, { token: RESEARCHER_KEY, body, headers });
    const study = await api.newStudy();
    const before = (await api.researcher('GET', `/api/studies/${study.id}`)).body;
    const inherited = '"settings":{"__proto__":{"pin":"1"},"constructor":{"prototype":{"pin":"1"}}}';
    for (const [method, path, body] of [
      ['POST', '/api/studies', `{"title":"T","pages":[{"title":"x"}],"__proto__":{"polluted":1},${inherited}}`],
      ['PATCH', `/api/studies/${study.id}`, `{"__proto__":{"polluted":1}}`],
      ['PATCH', `/api/studies/${study.id}`, `{${inherited}}`],
    ] as const) {
      const refused = await asked(method, path, body);
      expect([refused.status, refused.body.error?.code]).toEqual([422, 'invalid_request']);
    }
    expect((await api.researcher('GET', `/api/studies/${study.id}`)).body).toEqual(before);
    expect(({} as { polluted?: number; pin?: string }).polluted).toBeUndefined();
  });

  it('[SE7] only allowed origins may read, and preflights allow what uploads need', async () => {
    const from = (origin: string) => api.call('GET', '/healthz', { headers: { origin } });
    expect((await from(FRIEND)).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = (origin: string) =>
      api.call('OPTIONS', '/api/recordings/x/chunks/0', {
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'authorization,content-digest,chunk-started-at',
        },
      });
    const allowed = await preflight(FRIEND);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-digest');
    expect((await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
    const refused = await api.call('GET', '/api/studies', { headers: { origin: FRIEND } });
    expect(refused.headers.get('access-control-allow-origin')).toBe(FRIEND);
  });

  it('[SE7] a WebSocket of a page from elsewhere is refused before it opens, whatever token it brings', async () => {
    const { seat } = await api.recordingSeat();
    const address = `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&token=${seat.token}`;
    const statusFor = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const socket = new WebSocket(address, { headers });
        socket.once('upgrade', ({ statusCode }) => resolve(statusCode));
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        socket.once('open', () => socket.terminate()).once('error', reject);
      });
    const sockets = server.realtime.counts().sockets;
    for (const origin of ['https://elsewhere.example', `${FRIEND}.elsewhere.example`, 'null'])
      expect([origin, await statusFor({ origin })]).toEqual([origin, 400]);
    expect(server.realtime.counts().sockets).toBe(sockets);
    expect(await statusFor({ origin: FRIEND })).toBe(101);
    expect(await statusFor({})).toBe(101);
  });

  it('[SE4] tokens, keys and PINs appear in no log', async () => {
    const { room, seat } = await api.recordingSeat();
    const path = `/api/rooms/${room.id}/events`;
    const { body } = await api.researcher<{ access: string }>('POST', '/api/access', { path });
    const made = await api.researcher<ApiKeyAnswer>('POST', '/api/keys', { name: 'logged?' });
    await api.call('GET', `${path}?access=${body.access}&limit=5`);
    await api.call('GET', `${path}?%61ccess=${body.access}&ACCESS=${body.access}&token=${seat.token}&limit=6`);
    await api.call('GET', `/j/${room.code}?token=${seat.token}&x=1`);
    await api.join(room.code, { pin: 'the secret pin' }, seat.token);
    await api.call('GET', '/api/studies', { token: made.body.key });
    const log = server.logged.join('');
    expect(log).toContain(`${path}?limit=5`);
    expect(log).toContain(`${path}?limit=6`);
    for (const secret of [body.access, seat.token, made.body.key ?? '', RESEARCHER_KEY, 'the secret pin']) {
      expect(log).not.toContain(secret);
    }
  });
});
