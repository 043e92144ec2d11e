import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiKeyAnswer, ListAnswer } from '../../src/protocol/rest.ts';
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

/** Every researcher route, with ids that exist. */
const researcherRoutes = (roomId: string, studyId: string, recordingId: string) =>
  [
    ['GET', '/api/studies'],
    ['POST', '/api/studies'],
    ['GET', `/api/studies/${studyId}`],
    ['PATCH', `/api/studies/${studyId}`],
    ['POST', `/api/studies/${studyId}/rooms`],
    ['GET', `/api/studies/${studyId}/rooms.csv`],
    ['GET', '/api/rooms'],
    ['GET', `/api/rooms/${roomId}`],
    ['GET', `/api/rooms/${roomId}/stream`],
    ['POST', `/api/rooms/${roomId}/end`],
    ['DELETE', `/api/rooms/${roomId}`],
    ['GET', `/api/rooms/${roomId}/events`],
    ['GET', `/api/rooms/${roomId}/recordings`],
    ['GET', `/api/rooms/${roomId}/jobs`],
    ['POST', `/api/rooms/${roomId}/analysis`],
    ['GET', `/api/rooms/${roomId}/transcript`],
    ['GET', `/api/rooms/${roomId}/report`],
    ['GET', `/api/rooms/${roomId}/choices`],
    ['GET', `/api/rooms/${roomId}/choices.csv`],
    ['GET', `/api/recordings/${recordingId}/audio`],
    ['POST', '/api/access'],
    ['POST', '/api/keys'],
    ['GET', '/api/keys'],
    ['DELETE', '/api/keys/some'],
  ] as const;

describe('who may do what', () => {
  it('[SE1] researcher routes refuse participants, strangers and wrong keys; nothing happens', async () => {
    const { room, seat, recordingId } = await api.recordingSeat();
    const before = await server.rooms.state(room.id);
    const studyId = before?.definition.studyId ?? '';
    for (const [method, path] of researcherRoutes(room.id, studyId, recordingId)) {
      const refusalFor = async (token?: string) => {
        const { status, body } = await api.call<ErrorBody>(method, path, { token });
        return [path, status, body.error.code];
      };
      expect(await refusalFor(seat.token)).toEqual([path, 403, 'forbidden']);
      expect(await refusalFor()).toEqual([path, 401, 'unauthorized']);
      expect(await refusalFor(`${RESEARCHER_KEY}x`)).toEqual([path, 401, 'unauthorized']);
    }
    expect(await server.rooms.state(room.id)).toEqual(before);
  });

  it('[SE2] a changed token, one of a removed participant and one of an erased room open nothing', async () => {
    const { room, seat, recordingId } = await api.recordingSeat();
    const { body: guest } = await api.join(room.code);
    const path = `/api/recordings/${recordingId}`;
    const ask = async (token: string, route = path) => {
      const { status, body } = await api.call<ErrorBody>('GET', route, { token });
      return [status, body.error?.code];
    };
    expect(await ask(seat.token.slice(0, -3))).toEqual([401, 'unauthorized']);
    await server.rooms.handle(room.id, {
      type: 'remove',
      by: seat.participant.id,
      participantId: guest.participant.id,
    });
    expect(await ask(guest.token, '/api/ice-servers')).toEqual([403, 'removed']);
    const rejoin = await api.join(room.code, {}, guest.token);
    expect([rejoin.status, rejoin.body.error.code]).toEqual([403, 'removed']);
    expect(await ask(seat.token)).toEqual([200, undefined]);
    expect((await api.researcher('DELETE', `/api/rooms/${room.id}`)).status).toBe(204);
    expect(await ask(seat.token)).toEqual([404, 'room_not_found']);
  });

  it('[SE3] keys are made, shown once, stored as digests and revoked at once', async () => {
    const made = await api.researcher<ApiKeyAnswer>('POST', '/api/keys', { name: '둘째 연구자' });
    const key = made.body.key ?? '';
    expect(key.length).toBeGreaterThan(40);
    expect(made.body.prefix).toBe(key.slice(0, made.body.prefix.length));
    expect((await api.call('GET', '/api/studies', { token: key })).status).toBe(200);
    const rows = await server.prisma.apiKey.findMany();
    expect(JSON.stringify(rows)).not.toContain(key);
    expect(JSON.stringify(rows)).not.toContain(RESEARCHER_KEY);
    const listed = (await api.researcher<ListAnswer<ApiKeyAnswer>>('GET', '/api/keys')).body.items;
    expect(listed).toHaveLength(1);
    expect(listed[0]).not.toHaveProperty('key');
    expect(listed[0]).not.toHaveProperty('hash');
    expect((await api.call('DELETE', `/api/keys/${made.body.id}`, { token: key })).status).toBe(204);
    expect((await api.call('GET', '/api/studies', { token: key })).status).toBe(401);
    const [revoked] = (await api.researcher<ListAnswer<ApiKeyAnswer>>('GET', '/api/keys')).body.items;
    expect(revoked?.revokedAt).toBeGreaterThanOrEqual(made.body.createdAt);
  });

  it('[SE3] what a key has opened ends with it: access tokens at once, and live streams that are open', async () => {
    const room = await api.newRoom();
    const made = await api.researcher<ApiKeyAnswer & { key: string }>('POST', '/api/keys', { name: 'lost' });
    const path = `/api/rooms/${room.id}/stream`;
    const access = async (token: string) =>
      (await api.call<{ access: string }>('POST', '/api/access', { token, body: { path } })).body.access;
    const [given, other] = [await access(made.body.key), await access(RESEARCHER_KEY)];
    const open = (query: string) => fetch(`${server.url}${path}?access=${query}`);
    const byToken = (await open(given)).body?.getReader();
    const headers = { authorization: `Bearer ${made.body.key}` };
    const byKey = (await fetch(`${server.url}${path}`, { headers })).body?.getReader();
    for (const stream of [byToken, byKey]) expect((await stream?.read())?.done).toBe(false);
    expect((await api.researcher('DELETE', `/api/keys/${made.body.id}`)).status).toBe(204);
    for (const stream of [byToken, byKey]) expect((await stream?.read())?.done).toBe(true);
    expect((await open(given)).status).toBe(401);
    const still = await open(other);
    expect(still.status).toBe(200);
    await still.body?.cancel();
  });

  it('[SE8] an access token opens exactly its path, for reading', async () => {
    const { room, recordingId } = await api.recordingSeat();
    const path = `/api/rooms/${room.id}/events`;
    const { status, body } = await api.researcher<{ access: string }>('POST', '/api/access', { path });
    expect(status).toBe(201);
    const open = async (method: string, route: string) =>
      (await api.call(method, `${route}${route.includes('?') ? '&' : '?'}access=${body.access}`)).status;
    expect(await open('GET', path)).toBe(200);
    expect(await open('GET', `${path}?limit=1`)).toBe(200);
    for (const route of [
      `/api/rooms/${room.id}`,
      `/api/rooms/${room.id}/recordings`,
      `/api/rooms/other/events`,
      `${path}/`,
      `/api/recordings/${recordingId}/audio`,
    ]) {
      expect([401, 404]).toContain(await open('GET', route));
    }
    const end = await api.researcher<{ access: string }>('POST', '/api/access', { path: `/api/rooms/${room.id}/end` });
    const posted = await api.call('POST', `/api/rooms/${room.id}/end?access=${end.body.access}`);
    expect(posted.status).toBe(401);
    expect((await api.call('GET', path, { token: body.access })).status).toBe(401);
    for (const bad of ['/metrics', 'https://elsewhere.example/api/', '']) {
      expect((await api.researcher('POST', '/api/access', { path: bad })).status).toBe(422);
    }
  });
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
