import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import type { ParticipantRecordings, RecordingAnswer } from '../../src/protocol/recording-answers.ts';
import { type ApiClient, chunkHeaders, createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});
afterAll(() => server.close());

describe('audio', () => {
  const parts = [Buffer.from('0123456789'), Buffer.from(''), Buffer.from('abcdefghij'), Buffer.from('XYZ')];
  const whole = Buffer.concat(parts);
  let recordingId = '';
  let seat: JoinAnswer;

  beforeAll(async () => {
    ({ seat, recordingId } = await api.recordingSeat());
    for (const [index, bytes] of parts.entries()) await api.putChunk(seat, { recordingId, index, bytes });
    await api.complete(seat, recordingId, { chunkCount: parts.length });
  });

  it('[RC8] serves every range of every chunk', async () => {
    for (let start = 0; start < whole.length; start += 1) {
      for (const end of [start, Math.min(start + 11, whole.length - 1), whole.length + 50]) {
        const { response, bytes } = await api.audio(recordingId, { range: `bytes=${start}-${end}` });
        const last = Math.min(end, whole.length - 1);
        expect(response.status).toBe(206);
        expect(response.headers.get('content-range')).toBe(`bytes ${start}-${last}/${whole.length}`);
        expect(bytes.toString()).toBe(whole.subarray(start, last + 1).toString());
      }
    }
  });

  it('[RC8] serves open and suffix ranges, refuses what lies outside, ignores what it does not understand', async () => {
    const read = async (range: string) => {
      const { response, bytes } = await api.audio(recordingId, { range });
      return [response.status, bytes.toString()];
    };
    expect(await read('bytes=15-')).toEqual([206, 'fghijXYZ']);
    expect(await read('bytes=-5')).toEqual([206, 'ijXYZ']);
    expect(await read('bytes=-5000')).toEqual([206, whole.toString()]);
    for (const range of ['bytes=0-1,3-4', 'bytes=5-2', 'chunks=0-1', 'bytes=a-b']) {
      expect(await read(range)).toEqual([200, whole.toString()]);
    }
    for (const range of ['bytes=23-', 'bytes=500-600', 'bytes=-0', `bytes=${'9'.repeat(21)}-`]) {
      const { response, bytes } = await api.audio(recordingId, { range });
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
    expect((await api.audio(open.recordingId)).bytes.toString()).toBe('[0][1]');
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
    const { response } = await api.audio(html);
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
