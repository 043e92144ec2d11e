// What uploads do when there is no room, when files were lost, and when somebody sends very many at once.
import { randomBytes } from 'node:crypto';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRecordingUpload } from '../../src/client/index.ts';
import { chunkKeyOf } from '../../src/recordings/chunk-key.ts';
import { type ApiClient, chunkHeaders, createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

const GIB = 1024 ** 3;
const disk = { freeBytes: 50 * GIB, totalBytes: 100 * GIB };
let server: ApiServer;
let api: ApiClient;
/** What was to be waited before uploads that came too fast. */
const pauses: number[] = [];

beforeAll(async () => {
  server = await startApiServer({
    space: async () => ({ ...disk }),
    pause: async (ms) => pauses.push(ms),
    // However slow the machine is: what is sent here comes faster than the pace that is kept.
    monotonic: () => performance.now() / 20,
  });
  api = createApiClient(server);
});
afterAll(() => server.close());

describe('[RC13] a disk that is full but for its reserve', () => {
  it('takes no new chunk, tells of the old ones, and our client waits until there is room', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(100);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(201);
    disk.freeBytes = GIB;
    let next = 1;
    await eventually('new chunks are refused', async () => {
      const full = await api.putChunk(seat, { recordingId, index: next, bytes });
      next += 1;
      if (full.status !== 507) return false;
      expect(full.body.error).toMatchObject({ code: 'storage_full', retryable: true, retryAfterMs: 10_000 });
      return true;
    });
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(200);
    const ready = await api.call('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([200, { status: 'degraded', reasons: ['storage_full'] }]);
    const statuses: number[] = [];
    const upload = createRecordingUpload({
      serverUrl: server.url,
      token: seat.token,
      recordingId,
      fetch: async (...args) => {
        const response = await fetch(...args);
        statuses.push(response.status);
        return response;
      },
    });
    const stored = upload.add({ index: next, bytes: new Uint8Array(bytes), startedAt: 1, endedAt: 2 });
    await eventually('our client has been refused', () => statuses.length > 0);
    disk.freeBytes = 50 * GIB;
    await eventually('its repeat is taken', () => {
      upload.retryNow();
      return statuses.at(-1) === 201;
    });
    expect(await stored).toEqual({ ok: true });
    expect(statuses[0]).toBe(507);
  });
});

describe('[RC15] a chunk whose file is lost', () => {
  it.each([
    ['gone', (file: string) => rm(file)],
    ['shorter than it was', (file: string) => truncate(file, 3)],
  ])('%s: completing names it, and its repeat is written again', async (_, damage) => {
    const { seat, recordingId } = await api.recordingSeat();
    const chunks = [randomBytes(50), randomBytes(60), randomBytes(70)];
    for (const [index, bytes] of chunks.entries()) await api.putChunk(seat, { recordingId, index, bytes });
    const recording = await server.ledger.recording(recordingId);
    const row = await server.ledger.chunk(recordingId, 1);
    if (!recording || !row) throw new Error('no chunk');
    await damage(join(server.storage, chunkKeyOf(recording.path, row)));
    const missing = await api.complete(seat, recordingId, { chunkCount: 3 });
    expect([missing.status, missing.body.error.code, missing.body.error.details]).toEqual([
      409,
      'chunks_missing',
      { missing: [1] },
    ]);
    expect((await api.putChunk(seat, { recordingId, index: 1, bytes: chunks[1] as Buffer })).status).toBe(200);
    expect((await api.complete(seat, recordingId, { chunkCount: 3 })).status).toBe(202);
    expect((await api.audio(recordingId)).bytes).toEqual(Buffer.concat(chunks));
  });
});

describe('[RC14] large chunks that are refused unread', () => {
  it('wait like those that are taken', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(8 * 1024 ** 2);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes: bytes.subarray(0, 100) })).status).toBe(201);
    const before = pauses.length;
    for (let times = 0; times < 4; times += 1)
      expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(409);
    expect(pauses.length).toBeGreaterThan(before);
  });
});

describe('[RC14] sixty-four uploads of one participant at once', () => {
  it('take turns, and wait: no more than four are being written, and another’s chunk does not wait for them', async () => {
    const { room, seat, recordingId } = await api.recordingSeat();
    const other = (await api.join(room.code, { nickname: 'Other' })).body;
    const otherRecording = await api.startRecording(other);
    const bytes = randomBytes(1_000);
    const rest = Promise.withResolvers<void>();
    let begun = 0;
    const before = pauses.length;
    const put = (index: number) =>
      fetch(`${server.url}/api/recordings/${recordingId}/chunks/${index}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${seat.token}`, ...chunkHeaders(bytes) },
        body: new ReadableStream({
          async start(controller) {
            controller.enqueue(bytes.subarray(0, 500));
            begun += 1;
            await rest.promise;
            controller.enqueue(bytes.subarray(500));
            controller.close();
          },
        }),
        duplex: 'half',
      } as RequestInit);
    const puts = Array.from({ length: 64 }, (_, index) => put(index));
    await eventually('all have begun', () => begun === 64);
    const own = await api.putChunk(other, { recordingId: otherRecording, index: 0, bytes });
    expect(own.status).toBe(201);
    expect(await server.unfinished()).toBeLessThanOrEqual(4);
    expect(pauses).toHaveLength(before);
    rest.resolve();
    expect(new Set((await Promise.all(puts)).map((answer) => answer.status))).toEqual(new Set([201]));
    expect(pauses.length).toBeGreaterThan(before);
  });
});
