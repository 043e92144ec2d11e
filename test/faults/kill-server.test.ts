// kill -9 of the server, alone or with its database, while people debate.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createResearcherApi, createRoomClient, joinRoom, type RoomClient } from '../../src/client/index.ts';
import type { RoomEvent } from '../../src/protocol/room-events.ts';

const KILLS = 10;
const BACK_WITHIN_MS = 5_000;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

let server: RunningServer;
beforeAll(async () => {
  server = await spawnServer({ env: { ROLE: 'server', LOG_LEVEL: 'warn' } });
});
afterAll(() => server.stop());

const PAGES = Array.from({ length: 200 }, (_, index) => ({
  title: `Page ${index}`,
  questions: index === 0 ? [{ id: 'q', prompt: 'What do you say?', kind: 'text' as const }] : [],
}));

const openRoom = async (countdownMs: number) => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({ title: 'Killed', pages: PAGES, settings: { countdownMs } });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  if (!room) throw new Error('no room was made');
  const clients: RoomClient[] = [];
  for (const nickname of ['a', 'b', 'c']) {
    const { token } = await joinRoom({ serverUrl: server.url, code: room.code, nickname });
    const client = createRoomClient({ serverUrl: server.url, token, media: false });
    client.connect();
    clients.push(client);
  }
  return { api, roomId: room.id, clients: clients as [RoomClient, RoomClient, RoomClient] };
};

const journalOf = async (api: ReturnType<typeof createResearcherApi>, roomId: string) => {
  const commits: { version: number; events: readonly RoomEvent[] }[] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await api.events(roomId, cursor === undefined ? {} : { cursor });
    commits.push(...answer.commits);
    cursor = answer.nextCursor;
    if (cursor === undefined) return commits;
  }
};

type Room = Awaited<ReturnType<typeof openRoom>>;

/** Clients show the start at its instant; a server that comes too late to it takes it back. So both are asked. */
const allRunning = ({ api, roomId, clients }: Room) =>
  eventually(
    'the debate has started for all',
    async () =>
      clients.every((client) => client.state.room?.phase === 'running') && (await api.room(roomId)).phase === 'running',
    20_000,
  );

/** SIGKILL, start again; from the start of the new process to the third client's snapshot, ms. */
const killAndReturn = async (clients: readonly RoomClient[], whole: boolean): Promise<number> => {
  if (whole) await server.killAll();
  else await server.kill('SIGKILL');
  await eventually('all have noticed', () => clients.every((client) => client.state.connection !== 'online'), 15_000);
  const startedAt = performance.now();
  const back = Promise.all(
    clients.map(
      (client) =>
        new Promise<number>((resolve) => {
          const stop = client.on('change', (state) => {
            if (state.connection !== 'online') return;
            stop();
            resolve(performance.now() - startedAt);
          });
        }),
    ),
  );
  server = await server.restart();
  return Math.max(...(await back));
};

describe('kill -9 of the server', () => {
  it(`[ST7] in mid-debate, ${KILLS} times: all are back in seat, page and phase within 5 s, nothing acknowledged is lost (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const room = await openRoom(500);
    const { api, roomId, clients } = room;
    const [host, ...guests] = clients;
    await allRunning(room);
    const seats = clients.map((client) => client.state.room?.self);

    let stopping = false;
    const turns: { page: number; turnsAt: number }[] = [];
    const turning = (async () => {
      while (!stopping) {
        const result = await host.turnPage('next');
        if (!result.ok) throw new Error(`a turn was refused: ${result.error.code}`);
        turns.push(result);
        await eventually('the host sees the page', () => host.state.shownPage === result.page, 30_000);
      }
    })();
    const choices: string[] = [];
    const choosing = guests.map(async (guest, index) => {
      for (let count = 0; !stopping; count++) {
        const value = `guest ${index} says ${count}`;
        const result = await guest.submitChoice('q', value);
        if (result.ok) choices.push(value);
        await eventually('the host goes on', () => stopping || turns.length > count / 4, 30_000);
      }
    });

    const returns: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = turns.length;
      const more = 1 + Math.floor(random() * 6);
      await eventually('some pages are turned', () => turns.length >= before + more, 30_000);
      returns.push(await killAndReturn(clients, kill % 3 === 2));
    }
    stopping = true;
    await Promise.all([turning, ...choosing]);

    const journal = await journalOf(api, roomId);
    const events = journal.flatMap((commit) => commit.events);
    expect(journal.map((commit) => commit.version)).toEqual(journal.map((_, index) => index + 1));
    const pages = events.flatMap((event) => (event.type === 'page_turned' ? [event.page] : []));
    expect(pages).toEqual(pages.map((_, index) => index + 1));
    expect(turns.map((turn) => turn.page)).toEqual(pages);
    const stored = events.flatMap((event) => (event.type === 'choice_submitted' ? [String(event.value)] : []));
    expect([...stored].sort()).toEqual([...choices].sort());
    expect(events.filter((event) => event.type === 'debate_started')).toHaveLength(1);
    await eventually('all show the last page', () =>
      clients.every((client) => client.state.shownPage === pages.length && client.state.room?.phase === 'running'),
    );
    expect(clients.map((client) => client.state.room?.self)).toEqual(seats);
    console.log(`kill -9, from process start to the third snapshot, ms: ${returns.map(Math.round).join(' ')}`);
    expect(Math.max(...returns)).toBeLessThan(BACK_WITHIN_MS);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('[ST7] during the countdown: it is cancelled, and once all are back a new one starts the debate, once', async () => {
    const room = await openRoom(2_000);
    const { api, roomId, clients } = room;
    await eventually('the countdown runs', () => clients.every((client) => client.state.room?.phase === 'countdown'));
    await killAndReturn(clients, false);
    await allRunning(room);
    const events = (await journalOf(api, roomId)).flatMap((commit) => commit.events.map((event) => event.type));
    expect(events.filter((type) => type === 'debate_started')).toHaveLength(1);
    expect(events.filter((type) => type === 'countdown_cancelled').length).toBeGreaterThanOrEqual(1);
    expect(events.lastIndexOf('countdown_started')).toBeLessThan(events.indexOf('debate_started'));
    await Promise.all(clients.map((client) => client.close()));
  });
});
