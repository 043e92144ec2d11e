// A microphone changed while the network was away: the take is announced only after the debate has ended, and is on the server.
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { spawnServer } from '../../processes/spawn-server.ts';
import { createLocalTime } from '../../src/client/clock/local-time.ts';
import {
  createRecordingUpload,
  createResearcherApi,
  createRoomClient,
  joinRoom,
  type RoomClient,
} from '../../src/client/index.ts';
import { createMemorySpool } from '../../src/client/recording/spool.ts';
import { createTake } from '../../src/client/recording/take.ts';
import type { CommandQueue } from '../../src/client/session/command-queue.ts';

const CHUNKS = 30;
const part = (index: number, from: number) => ({
  bytes: new TextEncoder().encode(`chunk ${index}`),
  startedAt: from + 20 * index,
  endedAt: from + 20 * (index + 1),
});

it('[CL15] [RM47] a take of the debate that could not be announced before its end is handed in after it', async () => {
  const server = await spawnServer();
  onTestFinished(server.stop);
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({
    title: 'Late takes',
    pages: [{ title: 'Only page' }],
    settings: { roomSize: 2, countdownMs: 500 },
  });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  if (room === undefined) throw new Error('no room was made');
  const enter = async (nickname: string): Promise<{ client: RoomClient; token: string }> => {
    const { token } = await joinRoom({ serverUrl: server.url, code: room.code, nickname });
    const client = createRoomClient({ serverUrl: server.url, token, media: false });
    onTestFinished(() => client.close());
    client.connect();
    await eventually(`${nickname} is in the room`, () => client.state.connection === 'online');
    return { client, token };
  };
  const host = await enter('Host');
  const { client, token } = await enter('Guest');
  await eventually('the debate runs', () => client.state.room?.phase === 'running');

  // The way of commands is shut until after the end; what they are is the real client's and server's affair.
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const send = (async (name: string, body: { mimeType: string; capturedAt?: number; recordingId: string }) => {
    await opened;
    return name === 'recording:start'
      ? client.startRecording(body.mimeType, body.capturedAt)
      : client.stopRecording(body.recordingId);
  }) as unknown as CommandQueue['send'];
  const time = createLocalTime();
  onTestFinished(() => time.stop());
  const spool = createMemorySpool();
  const capturedAt = client.now();
  let finish = () => {};
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const take = createTake({
    take: { takeId: 't', owner: 'o', mimeType: 'audio/webm;codecs=opus', commandId: 'c', capturedAt },
    left: [],
    spool,
    send,
    time,
    createUpload: (recordingId) => createRecordingUpload({ serverUrl: server.url, token, recordingId }),
    onProgress: () => {},
    onOver: finish,
  });
  for (let index = 0; index < CHUNKS; index += 1) take.add(part(index, capturedAt));
  await eventually('it is later than the last chunk', () => client.now() > capturedAt + 20 * CHUNKS);
  expect((await host.client.endDebate()).ok).toBe(true);
  await eventually('the end is known', () => client.state.room?.phase === 'ended');
  expect(await spool.chunks('t')).toHaveLength(CHUNKS);
  open();
  take.end();
  await over;

  expect(take.progress).toMatchObject({ state: 'stored', uploadedChunks: CHUNKS });
  expect(await spool.chunks('t')).toEqual([]);
  const guest = (await api.recordings(room.id)).items.find(({ seat }) => seat === 1);
  expect(guest?.takes).toMatchObject([{ status: 'complete', chunkCount: CHUNKS, missing: [], flagged: [] }]);
});
