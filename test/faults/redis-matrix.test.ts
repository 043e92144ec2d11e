// Everything that can happen to Redis, in every phase of a debate: a room in each phase, its people on three nodes.
// docs/faults.md says what is promised in each cell. FAULTS=long lets each fault last for 1 s, 15 s and 120 s.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../processes/seeded-random.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import {
  expectConverged,
  expectNodesAlive,
  expectPromisesKept,
  expectReadiness,
  figuresAfter,
  figuresOf,
  outputOf,
} from './support/fault-promises.ts';
import { type FaultRun, runFault } from './support/fault-run.ts';
import { REDIS_FAULTS } from './support/redis-faults.ts';
import { PHASES } from './support/room-phases.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const DURATIONS_MS = process.env.FAULTS === 'long' ? [1_000, 15_000, 120_000] : [4_000];
const SETTLING_MS = 90_000;
/** Of the rooms that record, three people each. */
const RECORDINGS = 6;

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
    const tell = (): void => console.log(`FAULT_SEED=${SEED}, ${name}\n${outputOf(cluster)}`);
    beforeAll(async () => {
      const { redis, redisProxy: proxy } = cluster;
      if (!proxy) throw new Error('the nodes reach Redis without a proxy');
      const random = createRandom(SEED);
      const running = runFault({ cluster, faultMs, inflict: () => inflict({ redis, proxy }), random, hotVersionOf });
      running.catch(tell);
      run = await running;
    }, faultMs + SETTLING_MS);
    afterAll(() => run?.close());

    it.each(PHASES)(
      '[CH3][CH4][RM16][RM37][NO2] %s: nothing is refused or lost, what is acknowledged is with everybody within a second',
      (phase) => {
        onTestFailed(tell);
        console.log(`${name} | ${figuresOf(run, phase)}`);
        expectPromisesKept(run, phase);
        if (phase !== 'countdown') expect(run.cells.get(phase)?.reachMs.length).toBeGreaterThan(0);
      },
    );

    it('[RC1][RC5][RC7] every recording is what its owner sent', async () => {
      onTestFailed(tell);
      expect(run.recordings).toHaveLength(RECORDINGS);
      for (const { id, hash } of run.recordings) expect(await digestOf(id)).toBe(hash.copy().digest('base64'));
    });

    it('no node ends or stands still, and each says whether it is ready', () => {
      onTestFailed(tell);
      expectNodesAlive(run, cluster);
      expectReadiness(run, cluster, isAway);
    });

    it('[ST12][CH8][SG2] everything is as before within three seconds of its return', () => {
      onTestFailed(tell);
      console.log(`${name} | ${figuresAfter(run)}`);
      expectConverged(run);
    });
  });
});
