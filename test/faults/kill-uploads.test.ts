// kill -9 of the server, alone or with its database, while chunks are being uploaded: what was acknowledged is there.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi, joinRoom } from '../../src/client/index.ts';
import type { RecordingAnswer } from '../../src/protocol/recording-answers.ts';
import { chunkHeaders, sha256Of } from '../support/servers/api-client.ts';

const KILLS = 8;
const AT_ONCE = 4;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

let server: RunningServer;
beforeAll(async () => {
  server = await spawnServer({ env: { ROLE: 'server', LOG_LEVEL: 'warn' } });
});
afterAll(() => server.stop());

const startRecording = async (): Promise<{ token: string; recordingId: string; roomId: string }> => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({ title: 'Killed', pages: [{ title: 'One' }] });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  const { token } = await joinRoom({ serverUrl: server.url, code: room?.code ?? '', nickname: 'a' });
  const socket = io(`${server.url}/session`, { transports: ['websocket'], auth: { token }, reconnection: false });
  await new Promise((resolve) => socket.once('room:snapshot', resolve));
  const ack = await socket.emitWithAck('recording:start', { mimeType: 'audio/webm' });
  socket.disconnect();
  return { token, recordingId: ack.recordingId, roomId: room?.id ?? '' };
};

describe('kill -9 of the server during uploads', () => {
  it(`[RC1][ST5][ST6] ${KILLS} times: no acknowledged chunk is lost, and the file is the client's (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const { token, recordingId } = await startRecording();
    const authorization = `Bearer ${token}`;
    const chunks = Array.from({ length: 400 }, () => randomBytes(1 + Math.floor(random() * 200_000)));
    const waiting = chunks.map((_, index) => index);
    const acknowledged = new Set<number>();
    let unanswered = 0;
    let stopping = false;

    const put = async (index: number): Promise<void> => {
      const bytes = chunks[index] ?? new Uint8Array();
      try {
        const response = await fetch(`${server.url}/api/recordings/${recordingId}/chunks/${index}`, {
          method: 'PUT',
          headers: { authorization, ...chunkHeaders(bytes) },
          body: bytes,
        });
        if (response.status !== 201 && response.status !== 200) throw new Error(`answered ${response.status}`);
        acknowledged.add(index);
      } catch {
        unanswered += 1;
        waiting.push(index);
      }
    };
    const uploading = Array.from({ length: AT_ONCE }, async () => {
      while (!stopping) {
        const index = waiting.shift();
        if (index === undefined) return;
        await put(index);
        // Down: wait for the next start instead of failing hundreds of times.
        if (!acknowledged.has(index)) {
          await eventually(
            'the server is back',
            () =>
              stopping ||
              fetch(`${server.url}/healthz`).then(
                () => true,
                () => false,
              ),
            60_000,
          );
        }
      }
    });
    const read = async (): Promise<RecordingAnswer> => {
      const response = await fetch(`${server.url}/api/recordings/${recordingId}`, { headers: { authorization } });
      return (await response.json()) as RecordingAnswer;
    };

    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = acknowledged.size + 1 + Math.floor(random() * 30);
      await eventually('some chunks are acknowledged', () => acknowledged.size >= enough, 60_000);
      if (kill % 2 === 0) await server.kill('SIGKILL');
      else await server.killAll();
      const before = [...acknowledged];
      server = await server.restart();
      const { received } = await read();
      expect(received).toEqual(expect.arrayContaining(before));
    }
    await Promise.all(uploading);
    stopping = true;
    expect(acknowledged.size).toBe(chunks.length);
    // Not vacuous: some uploads were cut by the kills.
    expect(unanswered).toBeGreaterThan(0);

    const whole = Buffer.concat(chunks);
    const completed = await fetch(`${server.url}/api/recordings/${recordingId}/complete`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ chunkCount: chunks.length, digest: `sha-256=:${sha256Of(whole)}:` }),
    });
    expect(completed.status).toBe(202);
    const audio = await fetch(`${server.url}/api/recordings/${recordingId}/audio`, {
      headers: { authorization: `Bearer ${server.researcherKey}` },
    });
    expect(sha256Of(new Uint8Array(await audio.arrayBuffer()))).toBe(sha256Of(whole));
  });
});

describe('kill -9 in the middle of a chunk', () => {
  it('[RC12] its room is erased afterwards: after the next start nothing of the voice is left', async () => {
    const voice = Buffer.from(`a voice ${randomBytes(16).toString('hex')} `);
    const storage = join(server.dataDir, 'storage');
    const files = async () => {
      const found = await readdir(storage, { recursive: true, withFileTypes: true });
      return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    };
    const withVoice = async () => {
      const read = await Promise.all((await files()).map((file) => readFile(file)));
      return read.filter((bytes) => bytes.includes(voice)).length;
    };
    const { token, recordingId, roomId } = await startRecording();
    const bytes = Buffer.concat(Array.from({ length: 20_000 }, () => voice));
    const body = new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length / 2)) });
    const put = fetch(`${server.url}/api/recordings/${recordingId}/chunks/0`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, ...chunkHeaders(bytes) },
      body,
      duplex: 'half',
    } as RequestInit).catch(() => 'cut');
    await eventually('half of the chunk is written', async () => (await withVoice()) === 1);
    await server.kill('SIGKILL');
    expect(await put).toBe('cut');
    server = await server.restart();
    const erased = await fetch(`${server.url}/api/rooms/${roomId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.researcherKey}` },
    });
    expect(erased.status).toBe(204);
    await eventually('nothing of the voice is left', async () => (await withVoice()) === 0);
  });
});
