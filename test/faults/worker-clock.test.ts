// A worker in a process of its own whose machine has the wrong time: what it decides by time is decided as the servers would.
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createResearcherApi, createRoomClient, joinRoom, type RoomClient } from '../../src/client/index.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { createFakedClock, describeWithFakedClocks } from './support/faked-clock.ts';

const HOUR_MS = 3_600_000;
const UPLOAD_TIMEOUT_MS = 10_000;
/** An instant that is an hour off is none of these; a busy machine is late by less. */
const NEAR_MS = 120_000;

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
});

/** A debate of two that is over, with a take of which nothing ever comes. */
const endDebateWithoutUpload = async ({ url, researcherKey }: TestCluster): Promise<string> => {
  const api = createResearcherApi({ serverUrl: url, key: researcherKey });
  const study = await api.createStudy({
    title: 'Late',
    language: 'en',
    pages: [{ title: 'One' }],
    settings: { roomSize: 2, countdownMs: 500, uploadTimeoutMs: UPLOAD_TIMEOUT_MS },
  });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  if (!room) throw new Error('no room was made');
  const people: RoomClient[] = [];
  for (const nickname of ['Ada', 'Ben']) {
    const { token } = await joinRoom({ serverUrl: url, code: room.code, nickname });
    const client = createRoomClient({ serverUrl: url, token, media: false });
    closers.push(() => client.close());
    client.connect();
    people.push(client);
  }
  await eventually('the debate runs', () => people.every(({ state }) => state.room?.phase === 'running'));
  expect((await people[0]?.startRecording('audio/webm'))?.ok).toBe(true);
  await api.endRoom(room.id);
  return room.id;
};

describeWithRedis('a worker whose clock is wrong', () => {
  describeWithFakedClocks('by an hour', () => {
    it.each([
      ['ahead', HOUR_MS],
      ['behind', -HOUR_MS],
    ])('[NO14] %s waits for uploads exactly as long as the servers mean it to', async (_, aheadMs) => {
      const clock = createFakedClock(aheadMs);
      closers.push(clock.remove);
      const cluster = await spawnCluster({ nodes: 1, worker: true, workerEnv: clock.env });
      closers.push(() => cluster.close());
      const { headers } = await fetch(`${cluster.worker?.url}/healthz`);
      const wallAheadMs = Date.parse(headers.get('date') ?? '') - Date.now();
      expect(Math.abs(wallAheadMs - aheadMs)).toBeLessThan(NEAR_MS);

      const roomId = await endDebateWithoutUpload(cluster);
      const api = createResearcherApi({ serverUrl: cluster.url, key: cluster.researcherKey });
      const recordings = async () => (await api.jobs(roomId)).stages.find(({ stage }) => stage === 'recordings');
      await eventually('the uploads are given up', async () => (await recordings())?.state === 'done', 90_000);
      const { endedAt = Number.NaN } = await api.room(roomId);
      const finishedAt = (await recordings())?.finishedAt ?? Number.NaN;
      expect(finishedAt - endedAt).toBeGreaterThanOrEqual(UPLOAD_TIMEOUT_MS);
      expect(finishedAt - endedAt).toBeLessThan(UPLOAD_TIMEOUT_MS + NEAR_MS);
    });
  });
});
