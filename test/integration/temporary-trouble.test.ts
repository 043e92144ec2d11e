// What is temporary closes the transport, because a standard Socket.IO client comes back by itself after that and nothing else.

import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

let server: RoomServer;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await server.close();
});

/** As anybody would write it: no option of ours. */
const standardClient = (token: string): Socket => {
  const socket = io(`${server.url}/session`, { transports: ['websocket'], auth: { token }, reconnectionDelay: 50 });
  sockets.push(socket);
  return socket;
};

it('[CH11] a draining server makes standard clients look for another by themselves', async () => {
  const seat = await server.join(await server.newRoom(), 'a');
  const socket = standardClient(seat.token);
  await new Promise((resolve) => socket.once('room:snapshot', resolve));
  const reason = new Promise((resolve) => socket.once('disconnect', resolve));
  const back = new Promise((resolve) => socket.once('room:snapshot', resolve));
  server.realtime.closeTransports();
  expect(await reason).toBe('transport close');
  await back;
});

it('[CH11] a server without its database lets nobody in, and standard clients are in when it is back', async () => {
  const roomId = await server.newRoom();
  const seat = await server.join(roomId, 'a');
  await server.copies.delete(roomId);
  server.proxy.refuse(true);
  server.proxy.cut();
  const socket = standardClient(seat.token);
  let refusals = 0;
  socket.on('connect_error', () => {
    refusals += 1;
  });
  let closed = 0;
  socket.io.on('close', () => {
    closed += 1;
  });
  await eventually('the transport was closed twice', () => closed >= 2);
  expect(refusals).toBe(0);
  const snapshot = new Promise((resolve) => socket.once('room:snapshot', resolve));
  server.proxy.refuse(false);
  await snapshot;
});

it('[CH11] a command that meets no database is refused as unavailable and can be repeated', async () => {
  const { host, guest } = await server.startedRoom();
  server.proxy.refuse(true);
  server.proxy.cut();
  const answer = await host.socket
    .timeout(15_000)
    .emitWithAck('page:turn', { to: 1, expectedPage: 0, commandId: 'once' });
  expect(answer.error).toMatchObject({ code: 'unavailable', retryable: true });
  server.proxy.refuse(false);
  const turned = async () => (await host.ask('page:turn', { to: 1, expectedPage: 0, commandId: 'once' })).ok;
  await eventually('the repeat goes through', turned);
  await guest.untilEvent('page_turned');
}, 60_000);
