// The limit on guessing codes and PINs: it holds against many at once, and never against a class behind one address.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiClient, createApiClient, type ErrorBody, SMALL_STUDY } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer({ trustProxy: true });
  api = createApiClient(server);
});
afterAll(() => server.close());

const roomWithPin = () => api.newRoom({ ...SMALL_STUDY, settings: { ...SMALL_STUDY.settings, pin: '4711' } });
const join = (address: string, body: Record<string, unknown>, token?: string) =>
  api.call<ErrorBody>('POST', '/api/join', {
    token,
    headers: { 'x-forwarded-for': address },
    body: { nickname: 'x', ...body },
  });
const info = (address: string, code: string) =>
  api.call<ErrorBody>('GET', `/api/join/${code}`, { headers: { 'x-forwarded-for': address } });
const tally = (answers: readonly { readonly body: ErrorBody }[]) => {
  const counts: Record<string, number> = {};
  for (const { body } of answers) {
    const code = body.error?.code ?? 'ok';
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
};
const times = <Value>(count: number, make: (index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

it('[JN6] of many guesses at once no more are answered than of guesses one by one', async () => {
  const { code } = await roomWithPin();
  const pins = await times(200, (index) => join('198.51.100.1', { code, pin: String(index) }));
  expect(tally(pins)).toEqual({ wrong_pin: 30, rate_limited: 170 });
  const codes = await times(200, (index) => info('198.51.100.2', `NOSUCH${index}`));
  expect(tally(codes)).toEqual({ room_not_found: 30, rate_limited: 170 });
});

it('[JN6] all addresses of one IPv6 network count as one', async () => {
  const guesses = await times(60, (index) => info(`2001:db8:1:2:${index.toString(16)}::1`, `NOSUCH${index}`));
  expect(tally(guesses)).toEqual({ room_not_found: 30, rate_limited: 30 });
  expect(tally([await info('2001:db8:1:3::1', 'NOSUCH')])).toEqual({ room_not_found: 1 });
});

it('[JN6] people who join all at once with the right code and PIN are never held up', async () => {
  const { code } = await roomWithPin();
  const joinKey = crypto.randomUUID();
  expect(tally(await times(60, () => join('198.51.100.3', { code, pin: '4711', joinKey })))).toEqual({ ok: 60 });
});

it('[JN6] refusals that are no guesses do not count', async () => {
  const room = await api.newRoom({ ...SMALL_STUDY, settings: { ...SMALL_STUDY.settings, roomSize: 2 } });
  for (const _ of [1, 2]) expect((await join('198.51.100.4', { code: room.code })).status).toBe(200);
  expect(tally(await times(40, () => join('198.51.100.4', { code: room.code })))).toEqual({ room_full: 40 });
  expect((await info('198.51.100.4', room.code)).status).toBe(200);
  expect((await join('198.51.100.4', { code: (await api.newRoom()).code })).status).toBe(200);
});

it('[JN6] whoever holds a seat in the room gets in, whatever others behind the address did', async () => {
  const room = await roomWithPin();
  const { token } = (await api.join(room.code, { pin: '4711' })).body;
  await times(31, () => join('198.51.100.5', { code: room.code, pin: 'no' }));
  expect((await join('198.51.100.5', { code: room.code }, token)).status).toBe(200);
  const elsewhere = (await api.join((await api.newRoom()).code)).body.token;
  expect((await join('198.51.100.5', { code: room.code, pin: 'no' }, elsewhere)).status).toBe(429);
});

it('[JN6] one pupil with wrong codes and PINs keeps no classmate out', async () => {
  const room = await roomWithPin();
  const other = await roomWithPin();
  await times(40, (index) => info('198.51.100.6', `NOSUCH${index}`));
  await times(40, () => join('198.51.100.6', { code: room.code, pin: 'no' }));
  expect((await info('198.51.100.6', 'NOSUCH')).status).toBe(429);
  expect((await join('198.51.100.6', { code: room.code, pin: 'no' })).status).toBe(429);
  expect((await info('198.51.100.6', room.code)).status).toBe(200);
  expect((await join('198.51.100.6', { code: room.code, pin: '4711' })).status).toBe(200);
  expect((await join('198.51.100.6', { code: other.code, pin: '4711' })).status).toBe(200);
});
