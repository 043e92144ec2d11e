import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../processes/seeded-random.ts';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import {
  type ApiClient,
  chunkHeaders,
  createApiClient,
  type ErrorBody,
  sha256Of,
} from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

const SEED = Number(process.env.UPLOAD_SEED ?? Date.now() % 1_000_000);
const digestOf = (bytes: Uint8Array): string => `sha-256=:${sha256Of(bytes)}:`;

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

const filesLeft = async (): Promise<string[]> =>
  (await readdir(server.storage, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

/** Sends the whole head and then only the first bytes of the body, and hangs up. */
const cutUpload = (seat: JoinAnswer, recordingId: string, bytes: Uint8Array, sent: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    const head = [
      `PUT /api/recordings/${recordingId}/chunks/0 HTTP/1.1`,
      'host: 127.0.0.1',
      `authorization: Bearer ${seat.token}`,
      `content-length: ${bytes.length}`,
      ...Object.entries(chunkHeaders(bytes)).map(([name, value]) => `${name}: ${value}`),
    ].join('\r\n');
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(`${head}\r\n\r\n`);
    socket.write(bytes.subarray(0, sent), () => socket.destroy());
  });

describe('chunks', () => {
  it('[RC4] cut at every byte offset leaves nothing behind, and the repeat succeeds', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(96);
    const before = (await filesLeft()).length;
    for (let sent = 0; sent < bytes.length; sent += 1) {
      await cutUpload(seat, recordingId, bytes, sent);
      expect(await server.ledger.chunk(recordingId, 0)).toBeUndefined();
    }
    // Not vacuous: every one of them had reached the server.
    const seen = () => server.logged.filter((line) => line.includes(recordingId) && line.includes('"PUT"')).length;
    await expect.poll(seen).toBe(bytes.length);
    const stored = await api.putChunk(seat, { recordingId, index: 0, bytes });
    expect(stored.status).toBe(201);
    await expect.poll(async () => (await filesLeft()).length).toBe(before + 1);
    expect((await api.audio(recordingId)).bytes).toEqual(bytes);
  });

  it(`[RC4] cut at seeded offsets of a large chunk leaves nothing behind (seed ${SEED})`, async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const random = createRandom(SEED);
    const bytes = randomBytes(1_000_000);
    const before = (await filesLeft()).length;
    for (let cut = 0; cut < 40; cut += 1)
      await cutUpload(seat, recordingId, bytes, Math.floor(random() * bytes.length));
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(201);
    await expect.poll(async () => (await filesLeft()).length).toBe(before + 1);
    expect((await api.complete(seat, recordingId, { chunkCount: 1, digest: digestOf(bytes) })).status).toBe(202);
  });

  it('[RC5] reordered, doubled and two at once make the file that the client recorded', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const chunks = Array.from({ length: 20 }, (_, index) => ({ index, bytes: randomBytes(1_000 + index * 777) }));
    const whole = Buffer.concat(chunks.map((chunk) => chunk.bytes));
    // Every chunk twice, in an order of its own, five uploads at a time.
    const order = [...chunks, ...chunks].sort((a, b) => sha256Of(a.bytes).localeCompare(sha256Of(b.bytes)));
    const statuses = new Map<number, number[]>();
    const next = async (): Promise<void> => {
      for (let chunk = order.shift(); chunk; chunk = order.shift()) {
        const { status } = await api.putChunk(seat, { recordingId, ...chunk });
        statuses.set(chunk.index, [...(statuses.get(chunk.index) ?? []), status]);
      }
    };
    await Promise.all(Array.from({ length: 5 }, next));
    for (const chunk of chunks) expect(statuses.get(chunk.index)?.sort()).toEqual([200, 201]);

    const done = await api.complete(seat, recordingId, { chunkCount: 20, digest: digestOf(whole) });
    expect(done.status).toBe(202);
    expect(done.body).toMatchObject({ status: 'complete', chunkCount: 20, bytes: whole.length, missing: [] });
    const { bytes } = await api.audio(recordingId);
    expect(sha256Of(bytes)).toBe(sha256Of(whole));
  });

  it('[RC2] keeps the first bytes of an index, also when two different chunks race for it', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const rivals = Array.from({ length: 8 }, () => randomBytes(50_000));
    const answers = await Promise.all(rivals.map((bytes) => api.putChunk(seat, { recordingId, index: 3, bytes })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array(7).fill(409)]);
    for (const { status, body } of answers) if (status === 409) expect(body.error.code).toBe('chunk_conflict');
    const winner = rivals[answers.findIndex((answer) => answer.status === 201)];
    expect((await server.ledger.chunk(recordingId, 3))?.digest).toBe(sha256Of(winner ?? Buffer.alloc(0)));
    const recording = await server.ledger.recording(recordingId);
    const names = await readdir(`${server.storage}/${recording?.path}`);
    expect(names).toHaveLength(1);
  });

  it('[RC1] what is acknowledged is on disk under its digest, with its row', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(10);
    expect((await api.putChunk(seat, { recordingId, index: 7, bytes })).status).toBe(201);
    expect(await server.ledger.chunk(recordingId, 7)).toMatchObject({ digest: sha256Of(bytes), bytes: 10 });
    const recording = await server.ledger.recording(recordingId);
    const key = `${recording?.path}/00007-${Buffer.from(sha256Of(bytes), 'base64').toString('hex')}`;
    expect(await server.blobs.size(key)).toBe(10);
  });

  it('[RC3] refuses a missing, malformed or wrong digest and keeps nothing', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(10);
    const right = chunkHeaders(bytes);
    const { 'content-digest': _, ...without } = right;
    const bad = ['', 'sha-256=:abc:', `sha-256=${sha256Of(bytes)}`, `sha-512=:${sha256Of(bytes)}:`];
    const heads = [
      without,
      ...bad.map((value) => ({ ...right, 'content-digest': value })),
      chunkHeaders(randomBytes(9)),
    ];
    for (const headers of heads) {
      const answer = await api.putChunk(seat, { recordingId, index: 0, bytes }, headers);
      expect([answer.status, answer.body.error.code]).toEqual([422, 'digest_mismatch']);
    }
    expect(await server.ledger.chunks(recordingId)).toEqual([]);
  });

  it('[RC3][SE5] refuses more than 16 MiB by what comes, with or without a content-length', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const largest = randomBytes(16 * 1024 * 1024);
    const tooLarge = Buffer.concat([largest, Buffer.from('!')]);
    const url = `${server.url}/api/recordings/${recordingId}/chunks/0`;
    const headers = { authorization: `Bearer ${seat.token}`, ...chunkHeaders(tooLarge) };
    const streamed = await fetch(url, {
      method: 'PUT',
      headers,
      body: new Blob([tooLarge]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([streamed.status, ((await streamed.json()) as ErrorBody).error.code]).toEqual([413, 'body_too_large']);
    const sized = await api.putChunk(seat, { recordingId, index: 0, bytes: tooLarge });
    expect([sized.status, sized.body.error.details]).toEqual([413, { limit: 16 * 1024 * 1024 }]);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes: largest })).status).toBe(201);
  });

  it('takes an index of decimal digits only and stamps that are numbers, and shows which are implausible', async () => {
    const { room, seat, recordingId } = await api.recordingSeat();
    const bytes = randomBytes(10);
    for (const index of ['1e3', '-1', '0x1', '100000', '1.0', '..%2f0', '__proto__', ' 1']) {
      const answer = await api.putChunk(seat, { recordingId, index, bytes });
      expect([index, answer.status, answer.body.error.code]).toEqual([index, 422, 'invalid_request']);
    }
    const { 'chunk-ended-at': _, ...without } = chunkHeaders(bytes);
    for (const headers of [
      without,
      { ...without, 'chunk-ended-at': 'soon' },
      { ...without, 'chunk-ended-at': 'NaN' },
    ]) {
      expect((await api.putChunk(seat, { recordingId, index: 0, bytes }, headers)).status).toBe(422);
    }
    const stale = await api.putChunk(seat, { recordingId, index: 99_999, bytes }, chunkHeaders(bytes, 1_000));
    expect(stale.status).toBe(201);
    expect(await server.ledger.chunk(recordingId, 99_999)).toMatchObject({ startedAt: 1_000 });
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(201);
    const { body: shown } = await api.call('GET', `/api/recordings/${recordingId}`, { token: seat.token });
    expect(shown).toMatchObject({ received: [0, 99_999], flagged: [99_999] });
    const ofRoom = await api.researcher('GET', `/api/rooms/${room.id}/recordings`);
    expect(ofRoom.body).toMatchObject({ items: [{ takes: [{ flagged: [99_999] }] }] });
  });

  it('[RC7] takes chunks after the end, until the recording is complete', async () => {
    const { room, seats, start } = await api.pair();
    const [seat] = seats;
    const recordingId = await api.startRecording(seat);
    await start();
    const ended = await api.researcher<{ phase: string }>('POST', `/api/rooms/${room.id}/end`);
    expect(ended.body.phase).toBe('ended');
    const bytes = randomBytes(10);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(201);
    expect((await api.complete(seat, recordingId, { chunkCount: 1 })).status).toBe(202);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(200);
    const late = await api.putChunk(seat, { recordingId, index: 1, bytes });
    expect([late.status, late.body.error.code]).toEqual([409, 'recording_complete']);
  });
});

describe('completion', () => {
  it('[RC6] names what is missing, closes once, and says the same again', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    for (const index of [0, 2]) await api.putChunk(seat, { recordingId, index, bytes: randomBytes(10) });
    const missing = await api.complete(seat, recordingId, { chunkCount: 4 });
    expect([missing.status, missing.body.error.code]).toEqual([409, 'chunks_missing']);
    expect(missing.body.error.details).toEqual({ missing: [1, 3] });
    for (const index of [1, 3]) await api.putChunk(seat, { recordingId, index, bytes: randomBytes(10) });
    const wrong = await api.complete(seat, recordingId, { chunkCount: 4, digest: digestOf(randomBytes(3)) });
    expect([wrong.status, wrong.body.error.code]).toEqual([422, 'digest_mismatch']);

    const both = await Promise.all([1, 2].map(() => api.complete(seat, recordingId, { chunkCount: 4 })));
    expect(both.map((answer) => answer.status)).toEqual([202, 202]);
    expect((await api.complete(seat, recordingId, { chunkCount: 4 })).body).toEqual(both[0]?.body);
    const other = await api.complete(seat, recordingId, { chunkCount: 3 });
    expect([other.status, other.body.error.code]).toEqual([409, 'recording_complete']);

    const state = await server.rooms.state(seat.room.id);
    expect(state?.recordings[recordingId]?.complete).toBe(true);
  });

  it('[RC6] refuses a count that leaves out what was acknowledged, and names the highest', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    const chunks = Array.from({ length: 5 }, () => randomBytes(10));
    for (const [index, bytes] of chunks.entries()) await api.putChunk(seat, { recordingId, index, bytes });
    const fewer = await api.complete(seat, recordingId, { chunkCount: 3 });
    expect([fewer.status, fewer.body.error.code]).toEqual([422, 'invalid_request']);
    expect(fewer.body.error.details).toMatchObject({ highestReceived: 4, issues: [{ path: 'chunkCount' }] });
    expect((await api.complete(seat, recordingId, { chunkCount: 5 })).status).toBe(202);
    expect((await api.audio(recordingId)).bytes).toEqual(Buffer.concat(chunks));
    const again = await api.complete(seat, recordingId, { chunkCount: 3 });
    expect([again.status, again.body.error.code]).toEqual([409, 'recording_complete']);
  });

  it('[RC6] a chunk that races with the completion is acknowledged or left out, never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { seat, recordingId } = await api.recordingSeat();
      await api.putChunk(seat, { recordingId, index: 0, bytes: randomBytes(10) });
      const [late, done] = await Promise.all([
        api.putChunk(seat, { recordingId, index: 1, bytes: randomBytes(10) }),
        api.complete(seat, recordingId, { chunkCount: 1 }),
      ]);
      expect([late.status, done.status]).toEqual(late.status === 201 ? [201, 422] : [409, 202]);
      const rows = (await server.ledger.chunks(recordingId)).map((chunk) => chunk.index);
      expect(rows).toEqual(late.status === 201 ? [0, 1] : [0]);
    }
  });
});
