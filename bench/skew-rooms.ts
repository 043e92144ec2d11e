// A debate of three clients of our SDK, each behind a path with delays of its own, on one machine and in one process: so that all
// instants are on one clock. For the bench and for the test of start and page skew.

import { spawnServer } from '../processes/spawn-server.ts';
import { createTcpProxy, type PathDelay } from '../processes/tcp-proxy.ts';
import { createResearcherApi, createRoomClient, joinRoom, type RoomClient } from '../src/client/index.ts';

const evenly = (ms: number, jitterMs = 0): PathDelay => ({ upMs: ms, downMs: ms, jitterMs });

/** Of each seat. */
export const PATHS: Readonly<Record<string, readonly PathDelay[]>> = {
  'no delay': [evenly(0), evenly(0), evenly(0)],
  '5, 60, 150 ms one way': [evenly(5), evenly(60), evenly(150)],
  'the same, jitter 10, 20, 40 ms': [evenly(5, 10), evenly(60, 20), evenly(150, 40)],
  '5, 60, and 20 up 120 down': [evenly(5), evenly(60), { upMs: 20, downMs: 120, jitterMs: 0 }],
};

export interface Skew {
  /** Between the first and the last of the three, ms. */
  readonly startMs: number;
  readonly pagesMs: readonly number[];
  /** The same of when the news of each turn came in: a server that only broadcasts would show it then. */
  readonly newsMs: readonly number[];
  /** How late a plain timer of this process ran, one for each turn: what this machine adds. */
  readonly timersMs: readonly number[];
  /** From the host's command to the instant that was chosen for all. */
  readonly leadsMs: readonly number[];
}

const PAGES = 200;
const READ_MS = 250;
const TIMERS_IN_MS = 100;

const spreadOf = (instants: readonly number[]): number => Math.max(...instants) - Math.min(...instants);
const after = (ms: number): Promise<number> =>
  new Promise((resolve) => setTimeout(() => resolve(performance.now()), ms));

const nextOf = (client: RoomClient, event: 'start' | 'page'): Promise<number> =>
  new Promise((resolve) => {
    const stop = client.on(event, () => {
      stop();
      resolve(performance.now());
    });
  });

const nextNewsOf = (client: RoomClient): Promise<number> =>
  new Promise((resolve) => {
    const stop = client.on('event', ({ event }) => {
      if (event.type !== 'page_turned') return;
      stop();
      resolve(performance.now());
    });
  });

/** A server, a room and `turns` page turns of its own. */
export const measureSkew = async (paths: readonly PathDelay[], turns: number): Promise<Skew> => {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const server = await spawnServer({ env: { ROLE: 'server', LOG_LEVEL: 'warn' } });
    closers.push(() => server.stop());
    const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
    const pages = Array.from({ length: PAGES }, (_, index) => ({ title: `Page ${index}`, questions: [] }));
    const study = await api.createStudy({ title: 'Skew', language: 'en', pages, settings: { roomSize: paths.length } });
    const code = (await api.createRooms(study.id)).rooms[0]?.code ?? '';

    const clients: RoomClient[] = [];
    for (const [seat, path] of paths.entries()) {
      const proxy = await createTcpProxy(server.port);
      closers.push(() => proxy.close());
      proxy.delay(path);
      const { token } = await joinRoom({ serverUrl: server.url, code, nickname: `Seat ${seat}` });
      const client = createRoomClient({ serverUrl: `http://127.0.0.1:${proxy.port}`, token, media: false });
      closers.push(() => client.close());
      clients.push(client);
    }
    const starts = clients.map((client) => nextOf(client, 'start'));
    for (const client of clients) client.connect();
    const startMs = spreadOf(await Promise.all(starts));

    const pagesMs: number[] = [];
    const newsMs: number[] = [];
    const timersMs: number[] = [];
    const leadsMs: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const due = performance.now() + TIMERS_IN_MS;
      timersMs.push((await after(TIMERS_IN_MS)) - due);
      const shown = clients.map((client) => nextOf(client, 'page'));
      const heard = clients.map(nextNewsOf);
      const [host] = clients;
      const askedAt = host?.now() ?? 0;
      const answer = await host?.turnPage('next');
      if (!answer?.ok) throw new Error(`turn ${turn}: ${JSON.stringify(answer)}`);
      leadsMs.push(answer.turnsAt - askedAt);
      pagesMs.push(spreadOf(await Promise.all(shown)));
      newsMs.push(spreadOf(await Promise.all(heard)));
      await after(READ_MS);
    }
    return { startMs, pagesMs, newsMs, timersMs, leadsMs };
  } finally {
    for (const close of closers.reverse()) await close();
  }
};
