// Rooms whose journals are larger than the memory of the node that has to load them: it starts, the other rooms do not notice,
// and the rooms load, from then on from their snapshots; what was answered in them can be fetched whole.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi, createRoomClient, joinRoom, type RoomClient } from '../../src/client/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { query } from '../support/servers/kept-row.ts';

const HEAP_MB = 300;
/** What is said in one of them: 390 million characters, which no 300 MB hold. */
const ANSWERS = 39_000;
const ANSWER_LENGTH = 10_000;
const HUGE_ROOMS = process.env.FAULTS === 'long' ? 10 : 1;
const LOADED_WITHIN_MS = 120_000;

let database: TestDatabase;
let server: RunningServer;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await spawnServer({
    env: {
      ...{ ROLE: 'server', LOG_LEVEL: 'warn', DATABASE_URL: database.url },
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await database?.drop();
});

const research = () => createResearcherApi({ serverUrl: server.url, key: server.researcherKey });

const openDebate = async () => {
  const questions = [{ id: 'q', prompt: 'Why?', kind: 'text' as const }];
  const pages = [{ title: 'One', questions }, ...Array.from({ length: 9 }, (_, page) => ({ title: `Next ${page}` }))];
  const study = await research().createStudy({ title: 'Long', pages, settings: { countdownMs: 500, roomSize: 2 } });
  const [room] = (await research().createRooms(study.id, {})).rooms;
  if (!room) throw new Error('no room was made');
  const clients: RoomClient[] = [];
  for (const nickname of ['a', 'b']) {
    const { token } = await joinRoom({ serverUrl: server.url, code: room.code, nickname });
    const client = createRoomClient({ serverUrl: server.url, token, media: false });
    client.connect();
    clients.push(client);
  }
  const isRunning = async () => (await research().room(room.id)).phase === 'running';
  await eventually('the debate has started', isRunning, 20_000);
  return { id: room.id, clients };
};

/** As if somebody had said so much in it; the server is not running. Resolves to the last version. */
const fill = async (roomId: string): Promise<number> => {
  // By the guest: whoever has said so much may turn no page any more.
  const [before] = await query<{ version: number; guest: string }>(
    database.url,
    `SELECT r.version, c.events -> 0 ->> 'participantId' AS guest FROM rooms r JOIN commits c ON c.room_id = r.id
     WHERE r.id = '${roomId}' AND c.events @> '[{"type": "participant_joined", "isHost": false}]'`,
  );
  if (!before) throw new Error('the room is gone');
  const last = before.version + ANSWERS;
  await query(
    database.url,
    `INSERT INTO commits (room_id, version, commit_id, at, events)
     SELECT '${roomId}', n, gen_random_uuid(), ${Date.now()}, jsonb_build_array(jsonb_build_object(
       'type', 'choice_submitted', 'participantId', '${before.guest}', 'questionId', 'q', 'revision', n,
       'value', repeat('x', ${ANSWER_LENGTH})))
     FROM generate_series(${before.version + 1}, ${last}) n`,
  );
  await query(database.url, `UPDATE rooms SET version = ${last} WHERE id = '${roomId}'`);
  await query(database.url, `DELETE FROM room_snapshots WHERE room_id = '${roomId}'`);
  return last;
};

/** How many answers the file of a room's choices has. Neither side holds the file whole. */
const answersInFile = async (roomId: string): Promise<number> => {
  const response = await fetch(await research().accessUrl(research().paths.choicesCsv(roomId)));
  let lines = 0;
  for await (const part of response.body ?? []) lines += part.filter((byte) => byte === 10).length;
  return lines - 1;
};

/** What a node says of a room that it may not have yet: its version, or that it is unavailable. */
const versionOf = async (roomId: string): Promise<number | undefined> => {
  const headers = { authorization: `Bearer ${server.researcherKey}` };
  const response = await fetch(`${server.url}/api/rooms/${roomId}`, { headers });
  expect([200, 503]).toContain(response.status);
  const { version } = (await response.json()) as { version?: number };
  return version;
};

const goesOn = async ([host, guest]: readonly RoomClient[]): Promise<void> => {
  let page: number | undefined;
  const turned = async () => {
    const answer = await host?.turnPage('next');
    // Whatever passes is asked again.
    if (answer?.ok === false && !answer.error.retryable) throw new Error(answer.error.code);
    page = answer?.ok ? answer.page : undefined;
    return page !== undefined;
  };
  await eventually('the page is turned', turned, LOADED_WITHIN_MS);
  await eventually('the other sees it', () => guest?.state.shownPage === page, 20_000);
};

it(`[ST28] [RM51] ${HUGE_ROOMS} rooms of ${ANSWERS} answers, on a node with a heap of ${HEAP_MB} MB`, async () => {
  const quiet = await openDebate();
  const huge: Awaited<ReturnType<typeof openDebate>>[] = [];
  while (huge.length < HUGE_ROOMS) huge.push(await openDebate());
  await server.kill('SIGKILL');
  const lasts = new Map<string, number>();
  for (const { id } of huge) lasts.set(id, await fill(id));

  const begun = performance.now();
  const since = (): string => `${((performance.now() - begun) / 1_000).toFixed(1)} s`;
  server = await server.restart();
  const told = [`ready after ${since()}`];
  await goesOn(quiet.clients);
  told.push(`the quiet room goes on after ${since()}`);
  const isThere = async (roomId: string) => ((await versionOf(roomId)) ?? 0) >= (lasts.get(roomId) ?? 0);
  for (const { id } of huge) await eventually('a huge room is there', () => isThere(id), LOADED_WITHIN_MS);
  told.push(`all are there after ${since()}`);
  for (const { clients } of [quiet, ...huge]) await goesOn(clients);
  told.push(`in all people go on after ${since()}`);
  const isKept = async (roomId: string) => {
    const text = `SELECT version FROM room_snapshots WHERE room_id = '${roomId}'`;
    const [snapshot] = await query<{ version: number }>(database.url, text);
    return (snapshot?.version ?? 0) >= (lasts.get(roomId) ?? 0);
  };
  for (const { id } of huge) await eventually('its snapshot is kept', () => isKept(id), 20_000);

  await server.kill('SIGKILL');
  server = await server.restart();
  const again = performance.now();
  for (const { id } of huge) expect(await isThere(id)).toBe(true);
  told.push(`after the next start from snapshots ${(performance.now() - again).toFixed(0)} ms`);
  const asked = performance.now();
  for (const { id } of huge) expect(await answersInFile(id)).toBe(ANSWERS);
  told.push(`the files of all answers in ${((performance.now() - asked) / 1_000).toFixed(1)} s`);
  for (const { clients } of [quiet, ...huge]) await goesOn(clients);
  console.log(told.join(', '));
  for (const { clients } of [quiet, ...huge]) for (const client of clients) await client.close();
});
