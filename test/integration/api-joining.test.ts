import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JoinAnswer, JoinInfo } from '../../src/protocol/join-answers.ts';
import type { RoomAnswer } from '../../src/protocol/room-answers.ts';
import { type ApiClient, createApiClient, type ErrorBody, SMALL_STUDY } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer({ turnSecret: 'turn secret', trustProxy: true });
  api = createApiClient(server);
});
afterAll(() => server.close());

/** An address of one's own, so that refused joins of one test are not another's. */
const from = (address: string) => ({ 'x-forwarded-for': address });

describe('joining', () => {
  it('[JN3][JN2] answers with everything that a client needs, whatever the case of the code', async () => {
    const room = await api.newRoom();
    const { status, body } = await api.join(`${room.code.slice(0, 3)}-${room.code.slice(3).toLowerCase()}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      room: { id: room.id, code: room.code },
      participant: { seat: 0, nickname: 'Somebody', isHost: true },
    });
    expect(Math.abs(body.serverTime - Date.now())).toBeLessThan(60_000);
    expect(await server.tokens.verifyParticipantToken(body.token)).toMatchObject({
      roomId: room.id,
      participantId: body.participant.id,
      sessionUntil: room.expiresAt,
    });
  });

  it('[JN4] a lost answer takes no second seat', async () => {
    const room = await api.newRoom();
    const keys = { joinKey: crypto.randomUUID() };
    const first = (await api.join(room.code, keys)).body;
    const id = first.participant.id;
    expect((await api.join(room.code, keys)).body.participant.id).toBe(id);
    expect((await api.join(room.code, {}, first.token)).body.participant.id).toBe(id);
    const known = (await api.join(room.code, { externalId: '학생 7' })).body.participant;
    expect(known.seat).toBe(1);
    expect((await api.join(room.code, { externalId: '학생 7' })).body.participant).toEqual(known);
    const elsewhere = (await api.join((await api.newRoom()).code)).body;
    expect((await api.join(room.code, {}, elsewhere.token)).body.participant.seat).toBe(2);
    const full = await api.join(room.code);
    expect([full.status, full.body.error.code]).toEqual([409, 'room_full']);
  });

  it('[JN5] [CE7] asks for the PIN, except from whoever has a seat in this very room', async () => {
    const room = await api.newRoom({ ...SMALL_STUDY, settings: { pin: '비밀42' } });
    for (const pin of [undefined, '', '비밀4', '비밀 43']) {
      const { status, body } = await api.join(room.code, { pin });
      expect([status, body.error.code]).toEqual([403, 'wrong_pin']);
    }
    const { body } = await api.join(room.code, { pin: '비밀42' });
    expect((await api.join(room.code, {}, body.token)).body.participant.id).toBe(body.participant.id);
    const other = (await api.join((await api.newRoom()).code)).body.token;
    expect((await api.join(room.code, {}, other)).status).toBe(403);
    const info = await api.call<JoinInfo>('GET', `/api/join/${room.code}`);
    expect(info.body).toMatchObject({ code: room.code, pinRequired: true, phase: 'waiting', roomSize: 3 });
    expect(JSON.stringify(info.body)).not.toContain('비밀42');
    const { body: overview } = await api.researcher<RoomAnswer>('GET', `/api/rooms/${room.id}`);
    // One of them by somebody who had a seat elsewhere.
    expect(overview.wrongPins).toBe(5);
  });

  it('[JN6] counts guesses against an address, and never those that succeed', async () => {
    const room = await api.newRoom({ ...SMALL_STUDY, settings: { pin: '1' } });
    const joinKey = crypto.randomUUID();
    const join = (address: string, pin: string) =>
      api.call<ErrorBody>('POST', '/api/join', {
        headers: from(address),
        body: { code: room.code, nickname: 'x', pin, joinKey },
      });
    for (let count = 0; count < 40; count += 1) expect((await join('192.0.2.1', '1')).status).toBe(200);
    for (let count = 0; count < 30; count += 1) expect((await join('192.0.2.1', '0')).status).toBe(403);
    const limited = await join('192.0.2.1', '0');
    expect([limited.status, limited.body.error.code]).toEqual([429, 'rate_limited']);
    expect(limited.body.error.retryAfterMs).toBeGreaterThan(0);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const address of ['192.0.2.1', '192.0.2.2']) expect((await join(address, '1')).status).toBe(200);
    // Only what the proxy itself saw counts: what a client writes before it does not.
    expect((await join('203.0.113.9, 192.0.2.1', '0')).status).toBe(429);
    const guess = () => api.call('GET', '/api/join/NOSUCH', { headers: from('192.0.2.3') });
    for (let count = 0; count < 30; count += 1) expect((await guess()).status).toBe(404);
    expect((await guess()).status).toBe(429);
  });

  it('refuses what does not fit, and consent that is missing', async () => {
    const consent = [{ id: 'voice', text: 'We record you.' }];
    const room = await api.newRoom({ ...SMALL_STUDY, settings: { consent } });
    const { status, body } = await api.join(room.code);
    expect([status, body.error.code, body.error.details]).toEqual([403, 'consent_required', { missing: ['voice'] }]);
    expect((await api.join(room.code, { consent: ['voice'] })).status).toBe(200);
    for (const fields of [{ nickname: '' }, { nickname: 'x'.repeat(41) }, { nickname: 'a\u0000' }, { joinKey: 'no' }]) {
      expect((await api.join(room.code, fields)).status).toBe(422);
    }
    expect((await api.join(room.code, { consent: ['voice'], nickname: '👩‍👩‍👧'.repeat(8) })).status).toBe(200);
    const unknown = await api.join('NOSUCH');
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'room_not_found']);
  });

  it('[JN8] mints TURN credentials that outlive the longest room', async () => {
    const room = await api.newRoom();
    const { body } = await api.join(room.code);
    const [stun, turn] = body.iceServers;
    expect(stun).toEqual({ urls: ['stun:stun.example:3478'] });
    const [expiry, who] = turn?.username?.split(':') ?? [];
    expect(who).toBe(body.participant.id);
    expect(Number(expiry) * 1_000).toBeGreaterThan(room.expiresAt + 24 * 3_600_000);
    const fresh = await api.call<{ iceServers: JoinAnswer['iceServers'] }>('GET', '/api/ice-servers', {
      token: body.token,
    });
    expect(fresh.body.iceServers).toHaveLength(2);
    expect((await api.call('GET', '/api/ice-servers')).status).toBe(401);
  });
});
