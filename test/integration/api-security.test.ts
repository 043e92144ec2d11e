// Keys, tokens and access tokens over HTTP: what each of them opens, and what it does not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiKeyAnswer } from '../../src/protocol/access-answers.ts';
import type { ListAnswer } from '../../src/protocol/answer-fields.ts';
import { type ApiClient, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

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
