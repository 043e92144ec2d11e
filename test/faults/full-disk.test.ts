// A disk that one room fills up to the server's reserve, with the database on it, and what others notice. Where no disk can be
// mounted it is played: what the server is told of its room then follows what it has stored. The title says which it was.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type Chunk,
  newChunk,
  openDebate,
  putChunk,
  type Speaker,
  startRecording,
} from '../../bench/neighbour/abuse-tools.ts';
import { openOthers } from '../../bench/neighbour/others.ts';
import { mountSmallDisk } from '../../bench/neighbour/small-disk.ts';
import { eventually } from '../../processes/eventually.ts';
import { spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi } from '../../src/client/api/researcher-api.ts';
import { createRecordingUpload, joinRoom } from '../../src/client/index.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
/** Beside the reserve, which is 1 GiB of so small a disk. */
const LEFT_BYTES = GIB + 60 * MIB;
const DISK_BYTES = LEFT_BYTES + GIB / 2;
const CHUNK_BYTES = 16 * MIB;
const ROOMS = 4;
const SECONDS = 6;

interface Place {
  readonly url: string;
  readonly port: number;
  readonly researcherKey: string;
  /** Half a GiB more. */
  makeRoom(): void;
}

const onRealDisk = async (): Promise<Place> => {
  const disk = mountSmallDisk(DISK_BYTES);
  if (!disk) throw new Error('no disk was mounted, though one could be before');
  onTestFinished(() => disk.remove());
  const server = await spawnServer({ dataDir: disk.folder, env: { ROLE: 'server' } });
  onTestFinished(() => server.stop());
  disk.fillUpTo(LEFT_BYTES);
  return { ...server, makeRoom: disk.makeRoom };
};

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);

const onPlayedDisk = async (): Promise<Place> => {
  let left = LEFT_BYTES;
  let server: ApiServer | undefined;
  const space = async () => ({
    freeBytes: left - (server ? bytesIn(server.storage) : 0),
    totalBytes: DISK_BYTES,
  });
  server = await startApiServer({ space });
  onTestFinished(() => server?.close());
  const { url, port } = server;
  return {
    url,
    port,
    researcherKey: RESEARCHER_KEY,
    makeRoom() {
      left += GIB / 2;
    },
  };
};

/** Sends what is large, again and again, and keeps account of what was acknowledged. */
const greedy = async (port: number, speaker: Speaker) => {
  const recordingId = await startRecording(speaker);
  const acknowledged: Chunk[] = [];
  const codes = new Set<string>();
  const put = async (): Promise<string> => {
    const chunk = newChunk(CHUNK_BYTES);
    const code = await putChunk(port, speaker.seat.token, { recordingId, index: acknowledged.length, chunk });
    if (code === 'ok') acknowledged.push(chunk);
    codes.add(code);
    return code;
  };
  return { recordingId, acknowledged, codes, put };
};

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const canMount = ((): boolean => {
  const disk = mountSmallDisk(MIB);
  disk?.remove();
  return disk !== undefined;
})();

it(`[RC13][SE11] debates go on while one room fills ${canMount ? 'a real disk' : 'a played disk (no real one can be mounted here)'}, and uploads go on by themselves when there is room`, async () => {
  const place = await (canMount ? onRealDisk() : onPlayedDisk());
  const { url, port, researcherKey } = place;
  const api = createResearcherApi({ serverUrl: url, key: researcherKey });
  const { id: studyId } = await api.createStudy({
    title: 'A study',
    pages: [{ title: 'One' }],
    settings: { countdownMs: 500 },
  });
  const [room] = (await api.createRooms(studyId, {})).rooms;
  const seats = [];
  for (const nickname of ['a', 'b', 'c']) {
    const { token, participant } = await joinRoom({ serverUrl: url, code: room?.code ?? '', nickname });
    seats.push({ token, participantId: participant.id });
  }
  const speakers = await openDebate({ port, seats });
  const all = await Promise.all(speakers.map((speaker) => greedy(port, speaker)));
  const others = await openOthers({ url, port, api, count: ROOMS });
  onTestFinished(() => others.close());
  const readiness = async () => (await fetch(`${url}/readyz`)).json();
  expect(await readiness()).toEqual({ status: 'ready' });

  let isOver = false;
  const fillUp = async ({ put }: (typeof all)[number]): Promise<void> => {
    while (!isOver) await put();
  };
  let filling: Promise<unknown> | undefined;
  const report = await others.measure({
    leadMs: 0,
    seconds: SECONDS,
    async onBegin() {
      filling = Promise.all(all.map(fillUp));
    },
    async onEnd() {
      isOver = true;
      await filling;
    },
  });
  expect(Object.keys(report.refused)).toEqual(['put 507 storage_full']);
  expect(report.turns.count).toBeGreaterThan(ROOMS);
  expect(report.answers.count).toBeGreaterThan(ROOMS);
  for (const { codes } of all) expect([...codes].sort()).toEqual(['507 storage_full', 'ok']);
  expect(await readiness()).toEqual({ status: 'degraded', reasons: ['storage_full'] });

  for (const { recordingId, acknowledged } of all) {
    const headers = { authorization: `Bearer ${researcherKey}` };
    const answer = await fetch(`${url}/api/recordings/${recordingId}/audio`, { headers });
    const audio = Buffer.from(await answer.arrayBuffer());
    expect(audio.length).toBe(acknowledged.length * CHUNK_BYTES);
    for (const [index, { digest }] of acknowledged.entries())
      expect(digestOf(audio.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))).toBe(digest);
  }

  const [first] = all;
  if (!first) throw new Error('nobody has a seat');
  const statuses: number[] = [];
  const upload = createRecordingUpload({
    serverUrl: url,
    token: seats[0]?.token ?? '',
    recordingId: first.recordingId,
    fetch: async (...args) => {
      const response = await fetch(...args);
      statuses.push(response.status);
      return response;
    },
  });
  const { bytes } = newChunk(12_000);
  const stored = upload.add({ index: first.acknowledged.length, bytes, startedAt: Date.now(), endedAt: Date.now() });
  await eventually('our client has been refused', () => statuses.length > 0);
  place.makeRoom();
  expect(await stored).toEqual({ ok: true });
  expect([statuses[0], statuses.at(-1)]).toEqual([507, 201]);
  expect(await readiness()).toEqual({ status: 'ready' });
});
