// Wrong clocks under live debates: nodes whose wall clock is an hour off or jumps by one, and a Redis whose clock does.
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { journalOf } from '../support/cluster/cluster-room.ts';
import { type LiveDebate, type LiveDebates, openLiveDebates } from '../support/cluster/live-debates.ts';
import { createNodePeople } from '../support/cluster/node-people.ts';
import { type ClusterOptions, spawnCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { createFakedClock, describeWithFakedClocks } from './support/faked-clock.ts';
import { clocksOf, disagreementOf } from './support/node-clocks.ts';
import { createRedisClock } from './support/redis-clock.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const NODES = 3;
const ROOMS = 4;
const PAUSE_MS = 200;
const HOUR_MS = 3_600_000;
const GO_ON_BY = 5;
/** Beyond what the asking itself leaves open. A step is corrected by the best of three samples, on a busy machine ms off. */
const AGREE_WITHIN_MS = 25;
const TRUE_WITHIN_MS = 50;
/** An instant that is an hour off is none of these; a busy machine is late by less. */
const NEAR_MS = 3_000;
const SHOWN_TOGETHER_MS = 200;
/** Samples of each node, two seconds apart, until a step is believed. */
const SAMPLES = 5;

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
});

/** Where nodes and people have been an hour apart, instants are; and the same for what each saw of one start or turn. */
const instantsOf = async ({ api }: LiveDebates, { id, people, turns }: LiveDebate) => {
  const journal = await journalOf(api, id);
  const commitTimes = journal.map(({ at }) => at);
  expect(commitTimes).toEqual(commitTimes.toSorted((a, b) => a - b));
  const started = journal.flatMap(({ at, events }) =>
    events.flatMap((event) => (event.type === 'countdown_started' ? [event.startsAt - at] : [])),
  );
  expect(started).toEqual([500]);
  const instants = turns.map(({ turnsAt }) => turnsAt);
  expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  for (const { turnsAt, answeredAt } of turns)
    expect(Math.abs(turnsAt - (performance.timeOrigin + answeredAt))).toBeLessThan(NEAR_MS);

  const spreadOf = (at: readonly number[]): number => Math.max(...at) - Math.min(...at);
  const starts = people.map(({ startShownAt }) => startShownAt[0] ?? Number.NaN);
  const pages = turns.flatMap(({ page }) => {
    const at = people.flatMap(({ shown }) => shown.filter((one) => one.page === page).map((one) => one.at));
    return at.length === people.length ? [spreadOf(at)] : [];
  });
  expect(pages.length).toBeGreaterThan(turns.length / 2);
  return { start: spreadOf(starts), pages };
};

const open = async (options: ClusterOptions) => {
  const random = createRandom(SEED);
  const cluster = await spawnCluster({ nodes: NODES, ...options });
  closers.push(() => cluster.close());
  const people = createNodePeople(cluster);
  closers.push(() => people.leaveAll());
  const opened: LiveDebates[] = [];

  const openDebates = async (): Promise<LiveDebates> => {
    const live = await openLiveDebates(cluster, { rooms: ROOMS, random, pauseMs: PAUSE_MS });
    closers.push(() => live.close());
    opened.push(live);
    return live;
  };
  const room = await people.newRoom({ roomSize: 8 });
  const seats = await Promise.all(cluster.nodes.map((_, node) => people.join(node, room, `at ${node}`)));

  return {
    cluster,
    openDebates,
    goOn: () => Promise.all(opened.map((live) => live.goOn(GO_ON_BY))),
    async checkClocks(when: string): Promise<void> {
      const sockets = await Promise.all(seats.map((seat, node) => people.connect(node, seat)));
      const clocks = await clocksOf(sockets);
      const told = clocks.map(({ aheadMs, errorMs }) => `${aheadMs.toFixed(1)} (±${errorMs.toFixed(1)})`);
      console.log(`${when}: nodes are ahead of the machine by ${told.join(', ')} ms`);
      expect(disagreementOf(clocks)).toBeLessThan(AGREE_WITHIN_MS);
      for (const { aheadMs, errorMs } of clocks) expect(Math.abs(aheadMs)).toBeLessThan(TRUE_WITHIN_MS + errorMs);
    },
    /** Of the node's HTTP answers: its wall clock. */
    async wallAheadMs(node: number): Promise<number> {
      const { headers } = await fetch(`${cluster.nodes[node]?.url}/healthz`);
      return Date.parse(headers.get('date') ?? '') - Date.now();
    },
    async finish(): Promise<void> {
      const spreads: { start: number; pages: number[] }[] = [];
      for (const live of opened) {
        expect(await live.finish()).toEqual([]);
        for (const debate of live.debates) spreads.push(await instantsOf(live, debate));
      }
      const starts = summaryOf(spreads.map(({ start }) => start));
      const pages = summaryOf(spreads.flatMap((spread) => spread.pages));
      console.log(
        `shown by three clients within: starts ${starts.p50.toFixed(1)} ms (median), ${starts.max.toFixed(1)} (worst of ` +
          `${starts.count}); pages ${pages.p50.toFixed(1)}, ${pages.p95.toFixed(1)} (p95), ${pages.max.toFixed(1)} ` +
          `(worst of ${pages.count})`,
      );
      expect(pages.p95).toBeLessThan(SHOWN_TOGETHER_MS);
    },
    async tellOnFailure(run: () => Promise<void>): Promise<void> {
      try {
        await run();
      } catch (error) {
        console.log(`FAULT_SEED=${SEED}`);
        console.log(cluster.output());
        throw error;
      }
    },
  };
};

describeWithRedis(`wrong clocks (seed ${SEED})`, () => {
  describeWithFakedClocks('of nodes', () => {
    it('[NO12] [RM16] [RM24] one is an hour off from the start, one jumps to and fro: starts and turns stay where they were', async () => {
      const wrong = createFakedClock(HOUR_MS);
      const jumping = createFakedClock();
      closers.push(wrong.remove, jumping.remove);
      const envs = [{}, wrong.env, jumping.env];
      const world = await open({ envOf: (node) => envs[node] ?? {} });
      await world.tellOnFailure(async () => {
        expect(Math.abs((await world.wallAheadMs(1)) - HOUR_MS)).toBeLessThan(NEAR_MS);
        await world.checkClocks('at the start');
        await world.openDebates();
        for (const aheadMs of [HOUR_MS, 0, -HOUR_MS]) {
          jumping.set(aheadMs);
          await eventually(
            'the wall clock has jumped',
            async () => Math.abs((await world.wallAheadMs(2)) - aheadMs) < NEAR_MS,
          );
          await world.openDebates();
          await world.goOn();
          await world.checkClocks(`a jump to ${aheadMs / HOUR_MS} h`);
        }
        await world.finish();
      });
    });
  });

  describe('of Redis', () => {
    it('[NO12] it steps by an hour and back, and loses what expires: the room clock goes on, for nodes that start later too', async () => {
      const redis = await startRedisServer();
      closers.push(() => redis.stop());
      const clock = await createRedisClock(redis.port);
      closers.push(() => clock.close());
      const world = await open({ env: { REDIS_URL: clock.url } });
      await world.tellOnFailure(async () => {
        await world.checkClocks('at the start');
        await world.openDebates();
        for (const [restarted, aheadMs] of [HOUR_MS, 0].entries()) {
          const { asked } = clock;
          clock.set(aheadMs / 1_000);
          await redis.flushAll();
          // One node starts at that very moment.
          await world.cluster.nodes[2]?.kill();
          await world.cluster.nodes[2]?.start();
          await eventually('all have seen it', () => clock.asked >= asked + SAMPLES * NODES, 30_000);
          await world.checkClocks('at the start of a node in between');
          await world.openDebates();
          await world.goOn();
          await world.checkClocks(`a step to ${aheadMs / HOUR_MS} h`);
          await world.cluster.nodes[restarted]?.kill('SIGTERM');
          await world.cluster.nodes[restarted]?.start();
          await world.goOn();
          await world.checkClocks('and a node that started after it');
        }
        await world.finish();
      });
    });
  });
});
