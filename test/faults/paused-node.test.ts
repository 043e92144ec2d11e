// A node that stands still for a while and then goes on, under debates that go on meanwhile: long enough to be declared dead by
// the others, and not long enough.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { connectionTo } from '../../src/infra/postgres/session-settings.ts';
import { journalOf } from '../support/cluster/cluster-room.ts';
import { isOnline, type LiveDebates, openLiveDebates } from '../support/cluster/live-debates.ts';
import { createNodePeople, type NodePeople } from '../support/cluster/node-people.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { openPatientSocket } from './support/patient-socket.ts';

const LONG = process.env.FAULTS === 'long';
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const NODES = 3;
const ROOMS = LONG ? 20 : 6;
const PAUSE_MS = 200;
/** The others declare it dead after some seven. */
const STANDS_STILL_MS = 15_000;
const HICCUP_MS = 4_000;
const BACK_WITHIN_MS = 10_000;
const GOES_ON_BY = 10;

describeWithRedis(`a node that stands still (seed ${SEED})`, () => {
  let cluster: TestCluster;
  let people: NodePeople;
  let database: pg.Client;
  const random = createRandom(SEED);
  const stopped = Math.floor(random() * NODES);
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: NODES });
    people = createNodePeople(cluster);
    database = new pg.Client(connectionTo(cluster.databaseUrl));
    await database.connect();
  });
  afterAll(async () => {
    people?.leaveAll();
    await database?.end();
    await cluster?.close();
  });

  const listed = async (): Promise<string[]> =>
    (await database.query<{ boot_id: string }>('SELECT boot_id FROM nodes')).rows.map((row) => row.boot_id).sort();

  /** Somebody at the node who never gives a connection up, and the boot id under which the node holds it. */
  const probe = async () => {
    const room = await people.newRoom();
    const seat = await people.join(stopped, room, 'probe');
    const socket = await openPatientSocket(people.urlOf(stopped), seat.token);
    const connected = (await journalOf(people.askAt(stopped), room.id))
      .flatMap(({ events }) => events)
      .find((event) => event.type === 'participant_connected');
    return { seat, socket, bootId: connected?.bootId };
  };
  const presenceSince = async ({ api, debates }: LiveDebates, versions: readonly number[]): Promise<string[]> => {
    const journals = await Promise.all(debates.map(({ id }) => journalOf(api, id)));
    return journals.flatMap((journal, index) =>
      journal
        .filter(({ version }) => version > (versions[index] ?? 0))
        .flatMap(({ events }) => events.map(({ type }) => type))
        .filter((type) => type.startsWith('participant_')),
    );
  };
  const versionsOf = ({ api, debates }: LiveDebates): Promise<number[]> =>
    Promise.all(debates.map(async ({ id }) => (await api.room(id)).version));

  /** At each node as many hosts and guests. Who is lost looks elsewhere at once, or in every other room tries there again first. */
  const orderOf = (room: number, seat: number): number[] => {
    const first = (room + seat) % NODES;
    const other = (first + (random() < 0.5 ? 1 : 2)) % NODES;
    return room % 2 === 0 ? [first, other] : [first, first, other];
  };

  const under = async (check: (live: LiveDebates) => Promise<void>): Promise<void> => {
    const live = await openLiveDebates(cluster, { rooms: ROOMS, random, pauseMs: PAUSE_MS, orderOf });
    try {
      await live.goOn(2);
      await check(live);
      expect(await live.finish()).toEqual([]);
    } catch (error) {
      console.log(`FAULT_SEED=${SEED}, node ${stopped} stands still`);
      console.log(cluster.output());
      throw error;
    } finally {
      cluster.nodes[stopped]?.resume();
      await live.close();
    }
  };

  it('[NO3] [NO7] [CH3] for 15 s: its people go on elsewhere, and when it goes on it takes nobody back', () =>
    under(async (live) => {
      const before = await probe();
      const [mine, others] = [
        live.people.filter(({ door }) => door.node() === stopped),
        live.people.filter(({ door }) => door.node() !== stopped),
      ];
      const turnsBefore = live.debates.map(({ turns }) => turns.length);
      const stoppedAt = performance.now();
      cluster.nodes[stopped]?.pause();
      await delay(STANDS_STILL_MS);
      expect(await listed()).not.toContain(before.bootId);
      const turnsWhile = live.debates.map(({ turns }, index) => turns.length - (turnsBefore[index] ?? 0));
      expect(mine.length).toBeGreaterThan(0);
      expect(others.every(({ absences }) => absences.length === 0)).toBe(true);

      const resumedAt = performance.now();
      cluster.nodes[stopped]?.resume();
      const closedMs = (await before.socket.closed) - resumedAt;
      await eventually('everybody is there again', () => live.people.every(isOnline), BACK_WITHIN_MS);
      const backMs = performance.now() - resumedAt;
      const absences = mine.flatMap((person) => person.absences);
      expect(absences.length).toBeGreaterThanOrEqual(mine.length);
      const after = await probe();
      expect(after.bootId).not.toBe(before.bootId);
      await eventually('it is in the list again', async () => (await listed()).includes(after.bootId ?? ''));

      // Its people come back to it, and from then on nobody comes and nobody goes.
      await eventually('its people are with it again', () => {
        const elsewhere = mine.filter((person) => isOnline(person) && person.door.node() !== stopped);
        for (const { door } of elsewhere) door.cut(0);
        return elsewhere.length === 0 && mine.every(isOnline);
      });
      const again = await people.connect(stopped, before.seat);
      const versions = await versionsOf(live);
      await live.goOn(GOES_ON_BY);
      expect(await presenceSince(live, versions)).toEqual([]);
      expect(again.socket.connected && after.socket.isOpen()).toBe(true);
      after.socket.close();

      const longest = Math.max(...absences.map(({ from, until }) => until - from));
      const noticed = absences.map(({ from }) => from - stoppedAt);
      console.log(
        `${mine.length} of ${live.people.length} people were on it and lost it ${Math.round(Math.min(...noticed))} to ` +
          `${Math.round(Math.max(...noticed))} ms after it stopped; the longest absence was ${Math.round(longest)} ms; ` +
          `turns per room meanwhile: ${turnsWhile}; a half-open socket was closed ${Math.round(closedMs)} ms ` +
          `after it went on, everybody was there after ${Math.round(backMs)} ms`,
      );
    }));

  it('[NO3] for 4 s: nobody is declared dead, nobody loses a connection', () =>
    under(async (live) => {
      const nodes = await listed();
      const versions = await versionsOf(live);
      const stoppedAt = performance.now();
      cluster.nodes[stopped]?.pause();
      await delay(HICCUP_MS);
      cluster.nodes[stopped]?.resume();
      await live.goOn(GOES_ON_BY);
      expect(performance.now() - stoppedAt).toBeGreaterThan(HICCUP_MS);
      expect(await presenceSince(live, versions)).toEqual([]);
      expect(live.people.flatMap(({ absences }) => absences)).toEqual([]);
      expect(await listed()).toEqual(nodes);
    }));
});
