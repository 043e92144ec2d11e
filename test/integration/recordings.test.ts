import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JoinAnswer, ParticipantRecordings, RecordingAnswer } from '../../src/protocol/rest.ts';
import { type ApiClient, chunkHeaders, createApiClient, type ErrorBody, sha256Of } from '../support/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/api-server.ts';

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

const audioOf = async (recordingId: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}/api/recordings/${recordingId}/audio`, {
    headers: { authorization: `Bearer ${RESEARCHER_KEY}`, ...headers },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

const complete = (seat: JoinAnswer, recordingId: string, body: unknown) =>
  api.call<RecordingAnswer & ErrorBody>('POST', `/api/recordings/${recordingId}/complete`, {
    token: seat.token,
    body,
  });

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
    expect((await audioOf(recordingId)).bytes).toEqual(bytes);
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

    const done = await complete(seat, recordingId, { chunkCount: 20, digest: `sha-256=:${sha256Of(whole)}:` });
    expect(done.status).toBe(202);
    expect(done.body).toMatchObject({ status: 'complete', chunkCount: 20, bytes: whole.length, missing: [] });
    const { bytes } = await audioOf(recordingId);
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

  it('takes an index of decimal digits only, and stamps that are numbers', async () => {
    const { seat, recordingId } = await api.recordingSeat();
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
    expect(await server.ledger.chunk(recordingId, 99_999)).toMatchObject({ flagged: true, startedAt: 1_000 });
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
    expect((await complete(seat, recordingId, { chunkCount: 1 })).status).toBe(202);
    expect((await api.putChunk(seat, { recordingId, index: 0, bytes })).status).toBe(200);
    const late = await api.putChunk(seat, { recordingId, index: 1, bytes });
    expect([late.status, late.body.error.code]).toEqual([409, 'recording_complete']);
  });
});

describe('completion', () => {
  it('[RC6] names what is missing, closes once, and says the same again', async () => {
    const { seat, recordingId } = await api.recordingSeat();
    for (const index of [0, 2]) await api.putChunk(seat, { recordingId, index, bytes: randomBytes(10) });
    const missing = await complete(seat, recordingId, { chunkCount: 4 });
    expect([missing.status, missing.body.error.code]).toEqual([409, 'chunks_missing']);
    expect(missing.body.error.details).toEqual({ missing: [1, 3] });
    for (const index of [1, 3]) await api.putChunk(seat, { recordingId, index, bytes: randomBytes(10) });
    const wrong = await complete(seat, recordingId, { chunkCount: 4, digest: `sha-256=:${sha256Of(randomBytes(3))}:` });
    expect([wrong.status, wrong.body.error.code]).toEqual([422, 'digest_mismatch']);

    const both = await Promise.all([1, 2].map(() => complete(seat, recordingId, { chunkCount: 4 })));
    expect(both.map((answer) => answer.status)).toEqual([202, 202]);
    expect((await complete(seat, recordingId, { chunkCount: 4 })).body).toEqual(both[0]?.body);
    const other = await complete(seat, recordingId, { chunkCount: 3 });
    expect([other.status, other.body.error.code]).toEqual([409, 'recording_complete']);

    const state = await server.rooms.state(seat.room.id);
    expect(state?.recordings[recordingId]?.complete).toBe(true);
  });

  it('[RC6] a chunk that races with the completion is either part of it or refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { seat, recordingId } = await api.recordingSeat();
      await api.putChunk(seat, { recordingId, index: 0, bytes: randomBytes(10) });
      const [late, done] = await Promise.all([
        api.putChunk(seat, { recordingId, index: 1, bytes: randomBytes(10) }),
        complete(seat, recordingId, { chunkCount: 1 }),
      ]);
      expect(done.status).toBe(202);
      expect([201, 409]).toContain(late.status);
      const rows = (await server.ledger.chunks(recordingId)).map((chunk) => chunk.index);
      expect(rows).toEqual(late.status === 201 ? [0, 1] : [0]);
      expect((await audioOf(recordingId)).bytes).toHaveLength(10);
    }
  });
});

describe('audio', () => {
  const parts = [Buffer.from('0123456789'), Buffer.from(''), Buffer.from('abcdefghij'), Buffer.from('XYZ')];
  const whole = Buffer.concat(parts);
  let recordingId = '';
  let seat: JoinAnswer;

  beforeAll(async () => {
    ({ seat, recordingId } = await api.recordingSeat());
    for (const [index, bytes] of parts.entries()) await api.putChunk(seat, { recordingId, index, bytes });
    await complete(seat, recordingId, { chunkCount: parts.length });
  });

  it('[RC8] serves every range of every chunk', async () => {
    for (let start = 0; start < whole.length; start += 1) {
      for (const end of [start, Math.min(start + 11, whole.length - 1), whole.length + 50]) {
        const { response, bytes } = await audioOf(recordingId, { range: `bytes=${start}-${end}` });
        const last = Math.min(end, whole.length - 1);
        expect(response.status).toBe(206);
        expect(response.headers.get('content-range')).toBe(`bytes ${start}-${last}/${whole.length}`);
        expect(bytes.toString()).toBe(whole.subarray(start, last + 1).toString());
      }
    }
  });

  it('[RC8] serves open and suffix ranges, refuses what lies outside, ignores what it does not understand', async () => {
    const read = async (range: string) => {
      const { response, bytes } = await audioOf(recordingId, { range });
      return [response.status, bytes.toString()];
    };
    expect(await read('bytes=15-')).toEqual([206, 'fghijXYZ']);
    expect(await read('bytes=-5')).toEqual([206, 'ijXYZ']);
    expect(await read('bytes=-5000')).toEqual([206, whole.toString()]);
    for (const range of ['bytes=0-1,3-4', 'bytes=5-2', 'chunks=0-1', 'bytes=a-b']) {
      expect(await read(range)).toEqual([200, whole.toString()]);
    }
    for (const range of ['bytes=23-', 'bytes=500-600', 'bytes=-0']) {
      const { response, bytes } = await audioOf(recordingId, { range });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe('bytes */23');
      expect(JSON.parse(bytes.toString()).error.code).toBe('range_not_satisfiable');
    }
  });

  it('[RC8] serves what is there while chunks are missing: everything before the first one', async () => {
    const open = await api.recordingSeat();
    for (const index of [0, 1, 3]) {
      await api.putChunk(open.seat, { recordingId: open.recordingId, index, bytes: Buffer.from(`[${index}]`) });
    }
    expect((await audioOf(open.recordingId)).bytes.toString()).toBe('[0][1]');
    const { body } = await api.researcher<RecordingAnswer>('GET', `/api/recordings/${open.recordingId}`);
    expect(body).toMatchObject({ status: 'recording', received: [0, 1, 3], missing: [2], bytes: 9 });
  });

  it('[RC10] only the owner uploads, only researchers hear, and HEAD tells the size', async () => {
    const other = (await api.join(seat.room.code)).body;
    const put = await api.putChunk(other, { recordingId, index: 0, bytes: parts[0] ?? Buffer.alloc(0) });
    expect([put.status, put.body.error.code]).toEqual([403, 'forbidden']);
    for (const token of [seat.token, other.token]) {
      expect((await api.call('GET', `/api/recordings/${recordingId}/audio`, { token })).status).toBe(403);
    }
    expect((await api.call('GET', `/api/recordings/${recordingId}`, { token: other.token })).status).toBe(403);
    expect((await api.call('GET', `/api/recordings/${recordingId}`, { token: seat.token })).status).toBe(200);
    const head = await api.call('HEAD', `/api/recordings/${recordingId}/audio`, { token: RESEARCHER_KEY });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '23']);
    const byKey = await api.call('PUT', `/api/recordings/${recordingId}/chunks/0`, { token: RESEARCHER_KEY, body: '' });
    expect(byKey.status).toBe(403);
  });

  it('never serves a page under the name of audio', async () => {
    const room = await api.newRoom();
    const { body: attacker } = await api.join(room.code);
    const html = await api.startRecording(attacker, 'text/html');
    await api.putChunk(attacker, { recordingId: html, index: 0, bytes: Buffer.from('<script>1</script>') });
    const { response } = await audioOf(html);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

it('[RC9] the list of a room gives coverage and gaps per participant', async () => {
  const { room, seats, start } = await api.pair();
  const [seat] = seats;
  const started = await start();
  const recordingId = await api.startRecording(seat);
  const stamps = (from: number, to: number) => ({
    ...chunkHeaders(Buffer.from('x')),
    'chunk-started-at': String(from),
    'chunk-ended-at': String(to),
  });
  for (const [index, from, to] of [
    [0, started - 50, started + 100],
    [1, started + 150, started + 200],
    [3, started + 600, started + 700],
  ] as const) {
    await api.putChunk(seat, { recordingId, index, bytes: Buffer.from('x') }, stamps(from, to));
  }
  await api.researcher('POST', `/api/rooms/${room.id}/end`);
  const ended = (await server.rooms.state(room.id))?.endedAt ?? 0;
  const { body } = await api.researcher<{ items: ParticipantRecordings[] }>('GET', `/api/rooms/${room.id}/recordings`);
  const [own, silent] = body.items;
  // The debate was short: what the stamps claim of the time after its end does not count.
  const within = (from: number, to: number) => Math.max(0, Math.min(to, ended) - Math.min(from, ended));
  const captured =
    within(started, started + 100) + within(started + 150, started + 200) + within(started + 600, started + 700);
  expect(own?.takes.map((take) => take.id)).toEqual([recordingId]);
  expect(own?.expectedSeconds).toBeCloseTo((ended - started) / 1_000, 6);
  expect(own?.capturedSeconds).toBeCloseTo(captured / 1_000, 6);
  expect(own?.coverage).toBeCloseTo(captured / (ended - started), 6);
  expect(silent).toMatchObject({ capturedSeconds: 0, coverage: 0, takes: [] });
  if (ended - started > 200) {
    expect(silent?.gaps).toEqual([{ from: started, to: ended, reason: 'not_captured' }]);
  }
});
