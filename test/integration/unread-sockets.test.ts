// Sockets whose other end shows life, asks and never reads, over real connections to a real server process.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDebate, type Speaker } from '../../bench/neighbour/abuse-tools.ts';
import { residentBytesOf } from '../../bench/process-usage.ts';
import { eventually } from '../../processes/eventually.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi, joinRoom } from '../../src/client/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const MIB = 1024 * 1024;
const PAGES = 100;
const PAGE_LENGTH = 50_000;
const SEATS = 8;
/** Of one participant, at once: what the limit of `room:sync` allows. */
const ASKED = 10;
/** All that was asked for is 380 MiB. */
const MOST_BYTES = 150 * MIB;
/** A closing handshake with who does not read takes 30 s. */
const GONE_WITHIN_MS = 10_000;

let database: TestDatabase;
let server: RunningServer;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await spawnServer({ env: { DATABASE_URL: database.url, ROLE: 'server' } });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
};

it('[CE6] who asks and never reads is cut, what waited for them is let go, and the others go on', async () => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({
    title: 'Much to read',
    pages: Array.from({ length: PAGES }, (_, index) => ({ title: `Page ${index}`, body: 'x'.repeat(PAGE_LENGTH) })),
    settings: { countdownMs: 500, roomSize: SEATS },
  });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  const seats = [];
  for (let seat = 0; seat < SEATS; seat += 1) {
    const { token, participant } = await joinRoom({
      serverUrl: server.url,
      code: room?.code ?? '',
      nickname: `${seat}`,
    });
    seats.push({ token, participantId: participant.id });
  }
  const [host, ...deaf] = (await openDebate({ port: server.port, seats })) as [Speaker, ...Speaker[]];
  expect((await host.ask('page:turn', { to: PAGES - 2 })).code).toBe('ok');
  const before = residentBytesOf(server.pid);
  for (const { client } of deaf) {
    client.deafen();
    for (let times = 0; times < ASKED; times += 1) client.send('room:sync', { since: 0 });
  }
  let most = 0;
  await eventually(
    'all of them are gone',
    async () => {
      most = Math.max(most, residentBytesOf(server.pid) - before);
      return (await metric('trialogue_connections{kind="sockets"}')) === 1;
    },
    GONE_WITHIN_MS,
  );
  expect(await metric('trialogue_unread_sockets_total')).toBe(deaf.length);
  expect(most).toBeLessThan(MOST_BYTES);
  expect((await host.ask('page:turn', { to: 1 })).code).toBe('ok');
  for (const { client } of [host, ...deaf]) client.close();
});
