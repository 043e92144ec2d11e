// kill -9 of one node of three in mid-debate, again and again, while hosts turn pages and uploads run. FAULTS=long kills 50 times.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { createRecordingUpload, type ResearcherApi } from '../../src/client/index.ts';
import { type Attendee, journalOf, researcherOf, seatThree, wireProblemsOf } from '../support/cluster/cluster-room.ts';
import { presenceOf } from '../support/cluster/presence-fold.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const LONG = process.env.FAULTS === 'long';
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const KILLS = LONG ? 50 : 6;
const TIMEOUT = { timeout: LONG ? 3_600_000 : 300_000 };
const BACK_WITHIN_MS = 5_000;
const ROOMS = 10;
const PAGES = 40;
const CHUNK_EVERY_MS = 30;
const MAX_CHUNK_BYTES = 100_000;
/** The first room's host turns without a pause. */
const TURN_EVERY_MS = 700;

interface Room {
  readonly id: string;
  readonly people: readonly [Attendee, Attendee, Attendee];
  /** Pages of the host's turns that were acknowledged. */
  readonly turned: number[];
}

const isOnline = ({ client }: Attendee): boolean => client.state.connection === 'online';

/** ms until the client, which is about to lose its connection, is online again. */
const returnOf = ({ client }: Attendee): Promise<number> => {
  const from = performance.now();
  let lost = false;
  return new Promise((resolve) => {
    const stop = client.on('change', ({ connection }) => {
      lost ||= connection !== 'online';
      if (!lost || connection !== 'online') return;
      stop();
      resolve(performance.now() - from);
    });
  });
};

describeWithRedis('kill -9 of a node in mid-debate', () => {
  let cluster: TestCluster;
  let api: ResearcherApi;
  const random = createRandom(SEED);
  let stopping = false;
  let cutUploads = 0;
  beforeAll(async () => {
    cluster = await spawnCluster();
    api = researcherOf(cluster);
  });
  afterAll(() => cluster?.close());

  const openRooms = async (): Promise<Room[]> => {
    const pages = Array.from({ length: PAGES }, (_, index) => ({ title: `Page ${index}` }));
    const study = await api.createStudy({ title: 'Killed', pages, settings: { countdownMs: 500 } });
    const { rooms } = await api.createRooms(study.id, { count: ROOMS });
    const seated = await Promise.all(
      rooms.map(async ({ id, code }) => ({ id, people: await seatThree(cluster, code, random), turned: [] })),
    );
    await eventually('all debates run', async () => {
      const { items } = await api.rooms({ studyId: study.id, phase: 'running' });
      return items.length === ROOMS;
    });
    return seated;
  };

  const turnPages = async ({ people: [host], turned }: Room, everyMs: number): Promise<void> => {
    for (let page = 1; !stopping; page = (page + 1) % PAGES) {
      const result = await host.client.turnPage(page);
      if (!result.ok) throw new Error(`a turn was refused: ${result.error.code}`);
      turned.push(result.page);
      await eventually('the host sees the page', () => host.client.state.shownPage === result.page, 30_000);
      await delay(everyMs);
    }
  };

  const fetchAndCount: typeof fetch = (...args) =>
    fetch(...args).catch((error: unknown) => {
      cutUploads += 1;
      throw error;
    });

  /** Records until the end, by whatever node; resolves to what was recorded. */
  const record = async ({ client, seat }: Attendee) => {
    const started = await client.startRecording('audio/webm');
    if (!started.ok) throw new Error(`no recording: ${started.error.code}`);
    const { recordingId } = started;
    const upload = createRecordingUpload({
      serverUrl: cluster.url,
      token: seat.token,
      recordingId,
      fetch: fetchAndCount,
    });
    const hash = createHash('sha256');
    let chunks = 0;
    for (; !stopping; chunks += 1) {
      const startedAt = client.now();
      const bytes = new Uint8Array(randomBytes(1 + Math.floor(random() * MAX_CHUNK_BYTES)));
      hash.update(bytes);
      await delay(CHUNK_EVERY_MS);
      const stored = await upload.add({ index: chunks, bytes, startedAt, endedAt: client.now() });
      if (!stored.ok) throw new Error(`chunk ${chunks} was refused: ${stored.error.code}`);
    }
    await client.stopRecording(recordingId);
    const completed = await upload.complete(chunks);
    if (!completed.ok) throw new Error(`completing was refused: ${completed.error.code}`);
    return { recordingId, chunks, digest: hash.digest('base64') };
  };

  const storedDigestOf = async (recordingId: string): Promise<string> => {
    const response = await fetch(`${cluster.url}/api/recordings/${recordingId}/audio`, {
      headers: { authorization: `Bearer ${cluster.researcherKey}` },
    });
    return createHash('sha256')
      .update(new Uint8Array(await response.arrayBuffer()))
      .digest('base64');
  };

  const checkRoom = async ({ id, people, turned }: Room): Promise<void> => {
    const journal = await journalOf(api, id);
    const { countdowns, problems, seats } = presenceOf(journal);
    expect(problems).toEqual([]);
    expect(countdowns.filter(({ started }) => started)).toHaveLength(1);
    expect([...seats]).toEqual(people.map(({ seat }) => [seat.participant.id, seat.participant.seat]));
    const history = journal
      .flatMap(({ events }) => events)
      .flatMap((event) => (event.type === 'page_turned' ? [{ page: event.page, turnsAt: event.turnsAt }] : []));
    expect(history.map(({ page }) => page)).toEqual(turned);
    const last = turned.at(-1);
    await eventually('all show the last page', () => people.every(({ client }) => client.state.shownPage === last));
    for (const { turns, client, seat, door } of people) {
      // What came while somebody was away is in the snapshot: what was heard is a part of the history, in its order.
      let place = 0;
      for (const turn of turns) {
        const found = history.findIndex(
          ({ page, turnsAt }, index) => index >= place && page === turn.page && turnsAt === turn.turnsAt,
        );
        expect(found, `${seat.participant.nickname} saw page ${turn.page}`).toBeGreaterThanOrEqual(place);
        place = found + 1;
      }
      expect(client.state.room?.self).toBe(seat.participant.id);
      expect(door.wires.flatMap(wireProblemsOf)).toEqual([]);
    }
  };

  it(
    `[ST7][CH3][RC1][RC5] ${KILLS} times: all are back in seat and page within 5 s, and nothing is lost (seed ${SEED})`,
    TIMEOUT,
    async ({ onTestFailed }) => {
      onTestFailed(() => console.log(`FAULT_SEED=${SEED}\n${cluster.output()}`));
      const rooms = await openRooms();
      const [main] = rooms;
      if (!main) throw new Error('no room was made');
      const everybody = rooms.flatMap(({ people }) => people);
      await eventually('all are online', () => everybody.every(isOnline));
      const turning = rooms.map((room) => turnPages(room, room === main ? 0 : TURN_EVERY_MS));
      const recording = main.people.map(record);

      const returns: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const enough = main.turned.length + 1 + Math.floor(random() * 6);
        await eventually('some pages are turned', () => main.turned.length >= enough, 30_000);
        const index = main.people[Math.floor(random() * main.people.length)]?.door.node() ?? 0;
        const onIt = everybody.filter(({ door }) => door.node() === index);
        expect(onIt.length).toBeGreaterThan(0);
        const coming = Promise.all(onIt.map(returnOf));
        await cluster.nodes[index]?.kill();
        const back = cluster.nodes[index]?.start();
        returns.push(...(await coming));
        await back;
      }
      stopping = true;
      await Promise.all(turning);
      const recordings = await Promise.all(recording);

      for (const room of rooms) await checkRoom(room);
      for (const { recordingId, chunks, digest } of recordings) {
        expect((await api.recording(recordingId)).received).toEqual(
          Array.from({ length: chunks }, (_, index) => index),
        );
        expect(await storedDigestOf(recordingId)).toBe(digest);
      }
      await Promise.all(everybody.map(({ client }) => client.close()));
      const { count, p50, p95, max } = summaryOf(returns);
      console.log(
        `kill -9 of a node, ${KILLS} times, ${count} returns: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, ` +
          `max ${max.toFixed(0)} ms; ${rooms.flatMap(({ turned }) => turned).length} page turns, ` +
          `${recordings.reduce((sum, { chunks }) => sum + chunks, 0)} chunks, ${cutUploads} of them cut`,
      );
      expect(p95).toBeLessThan(BACK_WITHIN_MS);
    },
  );
});
