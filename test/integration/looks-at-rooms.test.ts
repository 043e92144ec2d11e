// Who only looks makes no node hold a room: anybody with a code may, again and again, and rooms are large.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JoinInfo } from '../../src/protocol/join-answers.ts';
import type { CreatedRoom } from '../../src/protocol/study-answers.ts';
import { type ApiClient, createApiClient, type ErrorBody, SMALL_STUDY } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;
beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

const newRooms = async (count: number): Promise<CreatedRoom[]> => {
  const study = await api.newStudy({ ...SMALL_STUDY, settings: { ...SMALL_STUDY.settings, pin: '1234' } });
  const made = await api.researcher<{ rooms: CreatedRoom[] }>('POST', `/api/studies/${study.id}/rooms`, { count });
  return made.body.rooms;
};
const join = (code: string, pin: string) =>
  api.call<ErrorBody>('POST', '/api/join', { body: { code, nickname: 'a', pin } });

it('[ST27] join pages and wrong PINs make the node hold no room', async () => {
  const rooms = await newRooms(20);
  for (const { code } of rooms) {
    const { body } = await api.call<JoinInfo>('GET', `/api/join/${code}`);
    expect(body).toMatchObject({ code, title: 'A study', phase: 'waiting', roomSize: 3, pinRequired: true });
    expect((await join(code, 'wrong')).body.error.code).toBe('wrong_pin');
  }
  expect(server.copies.bytes()).toBe(0);
  expect((await join(rooms[0]?.code ?? '', '1234')).status).toBe(200);
  expect(server.copies.bytes()).toBeGreaterThan(0);
});

it('[ST27] a join page tells the phase as of the last commit', async () => {
  const [room] = await newRooms(1);
  if (!room) throw new Error('no room was made');
  await join(room.code, '1234');
  await api.researcher('POST', `/api/rooms/${room.id}/end`);
  expect((await api.call<JoinInfo>('GET', `/api/join/${room.code}`)).body.phase).toBe('ended');
});
