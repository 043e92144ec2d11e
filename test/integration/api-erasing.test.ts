import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { RoomEventMessage } from '../../src/protocol/room-view.ts';
import { type ApiClient, chunkHeaders, createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

it('[JN9] ending reaches everybody who is connected, and erasing closes their connections', async () => {
  const { room, seats, start } = await api.pair({ graceMs: 2_000 });
  await start();
  const sockets = seats.map(({ token }) =>
    io(`${server.url}/session`, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false }),
  );
  const ended = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.on('room:event', ({ events }: RoomEventMessage) => {
          if (events.some((event) => event.type === 'debate_ended' && event.reason === 'researcher')) resolve();
        });
      }),
  );
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('room:snapshot', resolve))));
  expect((await api.researcher('POST', `/api/rooms/${room.id}/end`)).status).toBe(200);
  await Promise.all(ended);
  const gone = sockets.map((socket) => new Promise((resolve) => socket.once('disconnect', resolve)));
  expect((await api.researcher('DELETE', `/api/rooms/${room.id}`)).status).toBe(204);
  await Promise.all(gone);
});

it('[JN9] erasing ends the live streams of the room at once', { timeout: 10_000 }, async () => {
  const room = await api.newRoom();
  const url = `${server.url}/api/rooms/${room.id}/stream`;
  const headers = { authorization: `Bearer ${RESEARCHER_KEY}` };
  const open = async () => (await fetch(url, { headers })).body?.getReader();
  const streams = [await open(), await open()];
  for (const stream of streams) expect((await stream?.read())?.done).toBe(false);
  expect((await api.researcher('DELETE', `/api/rooms/${room.id}`)).status).toBe(204);
  // A heartbeat would find out after fifteen seconds.
  for (const stream of streams) {
    let text = '';
    for (let part = await stream?.read(); part?.value; part = await stream?.read()) text += Buffer.from(part.value);
    expect(text).toMatch(/event: gone\ndata: \{\}\n\n$/);
  }
  expect((await fetch(url, { headers })).status).toBe(404);
});

it('[JN9] erasing removes journal, recordings and files', async () => {
  const { room, seat, recordingId } = await api.recordingSeat();
  for (const index of [0, 1]) await api.putChunk(seat, { recordingId, index, bytes: Buffer.from(`chunk ${index}`) });
  const folder = `${server.storage}/recordings/2026-11-20`;
  expect(await readdir(`${folder}/${room.id}/${recordingId}`)).toHaveLength(2);
  expect((await api.researcher('DELETE', `/api/rooms/${room.id}`)).status).toBe(204);
  await expect(stat(`${folder}/${room.id}`)).rejects.toThrow(/ENOENT/);
  const { prisma } = server;
  const where = { where: { roomId: room.id } };
  const left = [
    prisma.commit.count(where),
    prisma.recording.count(where),
    prisma.chunk.count({ where: { recordingId } }),
  ];
  expect(await Promise.all(left)).toEqual([0, 0, 0]);
  expect((await api.researcher('DELETE', `/api/rooms/${room.id}`)).status).toBe(404);
  expect((await api.join(room.code)).status).toBe(404);
  const late = await api.putChunk(seat, { recordingId, index: 2, bytes: Buffer.from('late') });
  expect([late.status, late.body.error.code]).toEqual([404, 'room_not_found']);
});

it('[JN9] uploads that race with the erasing leave nothing behind', async () => {
  const statuses = new Set<number>();
  for (let round = 0; round < 15; round += 1) {
    const { room, seat, recordingId } = await api.recordingSeat();
    const puts = Array.from({ length: 6 }, (_, index) =>
      api.putChunk(seat, { recordingId, index, bytes: randomBytes(100_000) }),
    );
    const erased = api.researcher('DELETE', `/api/rooms/${room.id}`);
    for (const { status } of await Promise.all(puts)) statuses.add(status);
    expect((await erased).status).toBe(204);
    await expect(stat(`${server.storage}/recordings/2026-11-20/${room.id}`)).rejects.toThrow(/ENOENT/);
    expect(await server.prisma.chunk.count({ where: { recordingId } })).toBe(0);
  }
  for (const status of statuses) expect([201, 404]).toContain(status);
  expect(await readdir(`${server.storage}/.unfinished`)).toEqual([]);
});

it('[RC12] a chunk whose recording is gone when it has come takes nobody else’s files with it', async () => {
  const { room, seat, recordingId } = await api.recordingSeat();
  const other = (await api.join(room.code, { nickname: 'Other' })).body;
  const otherRecording = await api.startRecording(other);
  const bytes = randomBytes(1_000);
  expect((await api.putChunk(other, { recordingId: otherRecording, index: 0, bytes })).status).toBe(201);
  const half = Promise.withResolvers<void>();
  const folder = `${server.storage}/recordings/2026-11-20/${room.id}`;
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, 500));
      await half.promise;
      controller.enqueue(bytes.subarray(500));
      controller.close();
    },
  });
  const put = fetch(`${server.url}/api/recordings/${recordingId}/chunks/0`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${seat.token}`, ...chunkHeaders(bytes) },
    body,
    duplex: 'half',
  } as RequestInit);
  await eventually('half of it is written', async () => (await readdir(`${server.storage}/.unfinished`)).length > 0);
  await server.prisma.recording.delete({ where: { id: recordingId } });
  half.resolve();
  expect((await put).status).toBe(404);
  expect(await readdir(folder)).toEqual([otherRecording]);
  expect(await server.prisma.chunk.count({ where: { recordingId: otherRecording } })).toBe(1);
  expect((await api.audio(otherRecording)).bytes).toEqual(bytes);
});
