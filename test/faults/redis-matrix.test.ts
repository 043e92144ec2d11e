// Everything that can happen to Redis, in every phase of a debate: a room in each phase, its people on three nodes.
// docs/faults.md says what is promised in each cell. FAULTS=long lets each fault last for 1 s, 15 s and 120 s.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { summaryOf } from '../../bench/percentiles.ts';
import { type FaultRun, runFault } from '../support/fault-run.ts';
import { REDIS_FAULTS } from '../support/redis-faults.ts';
import { describeWithRedis } from '../support/redis-server.ts';
import { PHASES } from '../support/room-phases.ts';
import { createRandom } from '../support/seeded-random.ts';
import { spawnCluster, type TestCluster } from '../support/spawn-cluster.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const DURATIONS_MS = process.env.FAULTS === 'long' ? [1_000, 15_000, 120_000] : [4_000];
const REACHES_ALL_WITHIN_MS = 1_000;
const ALIVE_WITHIN_MS = 1_000;
const CONVERGED_WITHIN_MS = 3_000;
/** How long Redis may be waited for. */
const REDIS_LIMIT_MS = 250;
/** The slowest of many answers takes so many times as long as nineteen of twenty. */
const SLOWEST = 4;
const SETTLING_MS = 90_000;

const shown = (samples: readonly number[]): string => {
  const { count, p50, p95, max } = summaryOf(samples);
  return count === 0 ? 'none' : `n ${count} p50 ${p50.toFixed(0)} p95 ${p95.toFixed(0)} max ${max.toFixed(0)}`;
};

describeWithRedis(`Redis faults by phases of a debate (seed ${SEED})`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await spawnCluster({ redisProxy: true });
  });
  afterAll(() => cluster?.close());

  const hotVersionOf = async (roomId: string): Promise<number | undefined> => {
    const [key] = (await cluster.redis.command('KEYS', `tri:{*:${roomId}}:state-*`)) as string[];
    const head = key && (await cluster.redis.command('GETRANGE', key, 0, 15));
    return head ? Number.parseInt(String(head), 10) : undefined;
  };

  const whatHappened = (fault: string): string => {
    const lines = cluster.output().split('\n');
    return `FAULT_SEED=${SEED}, ${fault}\n${lines.filter((line) => !line.includes('"not ready"')).join('\n')}`;
  };

  const digestOf = async (recordingId: string): Promise<string> => {
    const response = await fetch(`${cluster.url}/api/recordings/${recordingId}/audio`, {
      headers: { authorization: `Bearer ${cluster.researcherKey}` },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return createHash('sha256').update(bytes).digest('base64');
  };

  const cases = REDIS_FAULTS.flatMap((fault) => DURATIONS_MS.map((faultMs) => ({ ...fault, faultMs })));
  describe.each(cases)('$name, for $faultMs ms', ({ name, faultMs, isAway, inflict }) => {
    let run: FaultRun;
    beforeAll(async () => {
      const { redis, redisProxy: proxy } = cluster;
      if (!proxy) throw new Error('the nodes reach Redis without a proxy');
      run = await runFault({
        cluster,
        faultMs,
        inflict: () => inflict({ redis, proxy }),
        random: createRandom(SEED),
        hotVersionOf,
      }).catch((error: unknown) => {
        console.log(whatHappened(name));
        throw error;
      });
    }, faultMs + SETTLING_MS);
    afterAll(() => run?.close());

    it.each(PHASES)(
      '[CH3][CH4][RM16][RM37][NO2] %s: nothing is refused or lost, what is acknowledged is with everybody within a second',
      (phase) => {
        const cell = run.cells.get(phase);
        if (!cell) throw new Error(`nothing is known of ${phase}`);
        const { ackMs, reachMs, replacedMs, startKnownMs } = cell;
        // What this machine needs for an answer anyhow comes on top of what is promised.
        const { soundAckMs } = run;
        console.log(
          `${name} | ${phase} | ack ${shown(ackMs)} (before: p95 ${soundAckMs.toFixed(0)}) | reach ${shown(reachMs)} | ` +
            `replaced ${shown(replacedMs)} | start known after ${startKnownMs?.toFixed(0)}`,
        );
        onTestFailed(() => console.log(whatHappened(name)));
        const { refused, misapplied, disordered, lost, problems, starts } = cell;
        expect({ refused, misapplied, disordered, lost, problems }).toEqual({
          refused: [],
          misapplied: [],
          disordered: [],
          lost: [],
          problems: [],
        });
        expect(starts).toHaveLength(1);
        for (const arrivalMs of [startKnownMs ?? Number.POSITIVE_INFINITY, ...reachMs, ...replacedMs])
          expect(arrivalMs).toBeLessThan(REACHES_ALL_WITHIN_MS + soundAckMs);
        expect(Math.max(0, ...ackMs)).toBeLessThan(REDIS_LIMIT_MS + SLOWEST * soundAckMs);
        if (phase === 'countdown') return;
        expect(reachMs.length).toBeGreaterThan(0);
        // Not every answer waits for a Redis that hangs.
        expect(summaryOf(ackMs).p50).toBeLessThan(Math.max(REDIS_LIMIT_MS, soundAckMs));
      },
    );

    it('[RC1][RC5][RC7] every recording is what its owner sent', async () => {
      expect(run.recordings).toHaveLength(6);
      for (const { id, digest } of run.recordings) expect(await digestOf(id)).toBe(digest);
    });

    it('no node ends or stands still, and each says whether it is ready', () => {
      const { health, span } = run;
      onTestFailed(() => console.log(whatHappened(name)));
      for (const { process: server } of cluster.nodes) expect(process.kill(server.pid, 0)).toBe(true);
      expect(cluster.output()).not.toMatch(/unhandled|uncaught|"level":60/i);
      const alive = health.filter(({ path }) => path === '/healthz');
      expect(new Set(alive.map(({ status }) => status))).toEqual(new Set([200]));
      const slowest = Math.max(...alive.map(({ askedAt, answeredAt }) => answeredAt - askedAt));
      console.log(`${name} | /healthz took ${slowest.toFixed(0)} at most`);
      expect(slowest).toBeLessThan(ALIVE_WITHIN_MS + run.soundAckMs);
      const during = health.filter(
        ({ path, askedAt, answeredAt }) => path === '/readyz' && askedAt > span.from && answeredAt < span.to,
      );
      expect(new Set(during.map(({ status }) => status))).toEqual(new Set([isAway ? 503 : 200]));
      expect(new Set(during.map(({ node }) => node)).size).toBe(cluster.nodes.length);
    });

    it('[ST12][CH8][SG2] everything is as before within three seconds of its return', () => {
      const { readyMs, caughtUpMs, hotMs, signalsMs, voicesMs, absent, wrongSnapshots } = run.after;
      console.log(
        `${name} | after its return: ready ${readyMs.toFixed(0)}, caught up ${caughtUpMs.toFixed(0)}, ` +
          `hot rooms ${hotMs.toFixed(0)} (not there: ${absent.join(', ') || 'none'}), ` +
          `signals ${signalsMs.toFixed(0)}, microphones ${voicesMs.toFixed(0)}`,
      );
      expect(wrongSnapshots).toEqual([]);
      expect(readyMs).toBeLessThan(CONVERGED_WITHIN_MS);
      expect(caughtUpMs).toBeLessThan(CONVERGED_WITHIN_MS);
      expect(hotMs).toBeLessThan(CONVERGED_WITHIN_MS);
      expect(signalsMs).toBeLessThan(CONVERGED_WITHIN_MS);
      expect(voicesMs).toBeLessThan(CONVERGED_WITHIN_MS);
    });
  });
});
