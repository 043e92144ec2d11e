// kill -9, of the server alone and of everything that it started: the next start has everything that was acknowledged.
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import {
  contentDigestOf,
  createId,
  createRecordingUpload,
  createResearcherApi,
  createRoomClient,
  joinRoom,
} from '../../src/client/index.ts';

const STUDY = { title: 'Survival', pages: [{ title: 'Only page' }], settings: { countdownMs: 60_000 } };
const BYTES = new TextEncoder().encode('what was said');
const WRITERS = 4;
const ENOUGH_WRITES = 40;

/** Somebody in a room, with one chunk of a recording acknowledged. */
const acknowledgedRecording = async (server: RunningServer) => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy(STUDY);
  const { rooms } = await api.createRooms(study.id, { count: 2 });
  const [room] = rooms;
  if (room === undefined) throw new Error('no room was made');
  const joinKey = createId();
  const joined = await joinRoom({ serverUrl: server.url, code: room.code, nickname: 'Ada', joinKey });
  const client = createRoomClient({ serverUrl: server.url, token: joined.token, media: false });
  onTestFinished(() => client.close());
  client.connect();
  await eventually('the snapshot', () => client.state.room !== undefined);
  const started = await client.startRecording('audio/webm;codecs=opus');
  if (!started.ok) throw new Error(started.error.message);
  const { recordingId, startedAt } = started;
  const upload = createRecordingUpload({ serverUrl: server.url, token: joined.token, recordingId });
  const chunk = { index: 0, bytes: BYTES, startedAt, endedAt: startedAt + 1_000 };
  expect(await upload.add(chunk)).toEqual({ ok: true });
  return { api, client, room, joinKey, joined, recordingId };
};

/** Makes studies without pause until the server is gone, and notes which ones were acknowledged. */
const writeUntilGone = async (server: RunningServer, acknowledged: string[]): Promise<void> => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  for (;;) {
    try {
      acknowledged.push((await api.createStudy(STUDY)).id);
    } catch {
      return;
    }
  }
};

describe.each([
  ['[ST5] kill -9 of the server alone', (server: RunningServer) => server.kill('SIGKILL')],
  ['[ST6] kill -9 of the server and everything that it started', (server: RunningServer) => server.killAll()],
] as const)('%s', (_, kill) => {
  it('loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
    const first = await spawnServer();
    onTestFinished(first.stop);
    const { api, client, room, joinKey, joined, recordingId } = await acknowledgedRecording(first);

    const studyIds: string[] = [];
    const writing = Promise.all(Array.from({ length: WRITERS }, () => writeUntilGone(first, studyIds)));
    await eventually('the server is in the middle of writing', () => studyIds.length >= ENOUGH_WRITES);
    await kill(first);
    await writing;

    const second = await first.restart();
    onTestFinished(second.stop);
    for (const id of studyIds) expect((await api.study(id)).title).toBe(STUDY.title);

    const recording = await api.recording(recordingId);
    expect(recording).toMatchObject({ received: [0], missing: [], bytes: BYTES.byteLength });
    const audio = await fetch(await api.accessUrl(api.paths.audio(recordingId)));
    expect(new Uint8Array(await audio.arrayBuffer())).toEqual(BYTES);

    // The seat is the same by its key, and the client that was connected comes back to it by itself.
    const again = await joinRoom({ serverUrl: second.url, code: room.code, nickname: 'Ada', joinKey });
    expect(again.participant.id).toBe(joined.participant.id);
    await eventually('the client is back', () => client.state.connection === 'online');
    expect(client.state.room).toMatchObject({ self: joined.participant.id, phase: 'waiting' });

    // And it goes on from there: the upload is completed with the digest of what was sent before the kill.
    const upload = createRecordingUpload({ serverUrl: second.url, token: joined.token, recordingId });
    expect(await upload.complete(1)).toEqual({ ok: true });
    expect((await api.recording(recordingId)).digest).toBe(await contentDigestOf(BYTES));
  });
});
