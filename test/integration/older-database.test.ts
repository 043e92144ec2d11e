// The database comes back older under running rooms: what was known beyond it is gone, and everybody goes on from what it has.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRoomClient, type RoomClient } from '../../src/client/index.ts';
import { openNodeSocket } from '../support/cluster/node-socket.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

let server: RoomServer;
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(() => server?.close());

/** As a replica that had not got the last commits yet; every connection to the former database is cut. */
const takeBack = async (roomId: string, version: number, page: number): Promise<void> => {
  await server.pool.query('DELETE FROM commits WHERE room_id = $1 AND version > $2', [roomId, version]);
  await server.pool.query('UPDATE rooms SET version = $2, page = $3 WHERE id = $1', [roomId, version, page]);
  server.proxy.cut();
};

const debate = async () => {
  const roomId = await server.newRoom();
  const [hostSeat, plainSeat, thirdSeat] = [
    await server.join(roomId, 'host'),
    await server.join(roomId, 'plain'),
    await server.join(roomId, 'third'),
  ];
  const sdk = [hostSeat, thirdSeat].map(({ token }) =>
    createRoomClient({ serverUrl: server.url, token, media: false }),
  ) as [RoomClient, RoomClient];
  const [host, third] = sdk;
  for (const client of sdk) client.connect();
  const plain = openNodeSocket({ url: server.url, token: plainSeat.token, comesAgain: true });
  await plain.untilEvent('debate_started');
  await eventually('the debate runs', () => host.state.room?.phase === 'running');
  const close = async () => {
    plain.socket.disconnect();
    await Promise.all(sdk.map((client) => client.close()));
  };
  return { roomId, host, third, plain, close };
};

const versionOf = async (roomId: string) => (await server.journal.heads([roomId])).get(roomId)?.version ?? 0;

it('[ST24] clients end on what the journal has, and what is committed from then on reaches all', async () => {
  const { roomId, host, third, plain, close } = await debate();
  const restored = await versionOf(roomId);
  for (const page of [1, 2, 1, 2, 1]) expect((await host.turnPage(page)).ok).toBe(true);
  await eventually('the third has seen the last page', () => third.state.room?.page === 1);
  await eventually('the plain client too', async () => plain.versions().at(-1) === (await versionOf(roomId)));
  await takeBack(roomId, restored, 0);
  await eventually('all are on the page that the journal has', () =>
    [host, third].every((client) => client.state.room?.page === 0 && client.state.connection === 'online'),
  );
  await eventually('the plain client too', () => plain.snapshot()?.room.page === 0);
  // Nobody is told of anything that is gone, and everybody of what comes.
  expect((await host.turnPage(2)).ok).toBe(true);
  const last = await versionOf(roomId);
  await eventually('the turn is with all', () => third.state.room?.page === 2 && plain.versions().at(-1) === last);
  const commits = await server.journal.commits(roomId, 0);
  expect(commits.map(({ version }) => version)).toEqual(commits.map((_, index) => index + 1));
  expect(commits.flatMap(({ events }) => events).filter(({ type }) => type === 'page_turned')).toHaveLength(1);
  await close();
}, 30_000);

it('[ST24] a command that comes before anybody has looked is decided on what the journal has', async () => {
  const { roomId, host, third, plain, close } = await debate();
  const restored = await versionOf(roomId);
  for (const page of [1, 2]) await host.turnPage(page);
  await eventually('the third has seen it', () => third.state.room?.page === 2);
  const { hostId } = (await server.rooms.state(roomId)) ?? {};
  await takeBack(roomId, restored, 0);
  // From page 2, where the copy is, it would lead to page 1; the journal is on page 0.
  const turn = { type: 'turn_page', by: String(hostId) } as const;
  expect(await server.rooms.handle(roomId, { ...turn, to: 'previous' })).toMatchObject({ ok: false });
  expect(await server.rooms.handle(roomId, { ...turn, to: 'next' })).toMatchObject({ ok: true, answer: { page: 1 } });
  await eventually('all are there', () => host.state.room?.page === 1 && third.state.room?.page === 1);
  await eventually('the plain client too', async () => plain.versions().at(-1) === (await versionOf(roomId)));
  await close();
}, 30_000);
