// A Redis Cluster of three masters without replicas loses one of them, in every phase of a debate: its slots are away, and after
// the cluster's own time limit all of them. FAULTS=long lets it be away for longer.
import { afterAll, beforeAll, describe, it, onTestFailed } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisCluster, type RedisServer, startRedisCluster } from '../../processes/redis-server.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import {
  expectConverged,
  expectNodesAlive,
  expectPromisesKept,
  figuresAfter,
  figuresOf,
  outputOf,
} from './support/fault-promises.ts';
import { type FaultRun, runFault } from './support/fault-run.ts';
import type { RedisFault } from './support/redis-faults.ts';
import { PHASES } from './support/room-phases.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const LONG = process.env.FAULTS === 'long';
const SETTLING_MS = 90_000;

const FAULTS: readonly (RedisFault<RedisServer> & { readonly faultMs: number })[] = [
  {
    name: 'one master killed, started again with its slots and nothing else',
    isAway: true,
    faultMs: LONG ? 60_000 : 4_000,
    async inflict(master) {
      await master.kill();
      return () => master.restart();
    },
  },
  {
    // Shorter than cluster-node-timeout, or longer.
    name: 'one master paused',
    isAway: true,
    faultMs: LONG ? 15_000 : 1_500,
    async inflict(master) {
      master.pause();
      return master.resume;
    },
  },
];

describeWithRedis(`a Redis Cluster without one of its masters (seed ${SEED})`, () => {
  let redis: RedisCluster;
  let cluster: TestCluster;
  const random = createRandom(SEED);
  beforeAll(async () => {
    redis = await startRedisCluster();
    cluster = await spawnCluster({ env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await cluster?.close();
    await redis?.stop();
  });

  const hotVersionOf = async (roomId: string): Promise<number | undefined> => {
    for (const master of redis.nodes) {
      const [key] = (await master.command('KEYS', `tri:{*:${roomId}}:state-*`)) as string[];
      if (key) return Number.parseInt(String(await master.command('GETRANGE', key, 0, 15)), 10);
    }
    return undefined;
  };

  /** The masters agree on it some seconds after all are back. */
  const isComplete = async (): Promise<boolean> => {
    const infos = await Promise.all(redis.nodes.map((master) => master.command('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes('cluster_state:ok'));
  };

  describe.each(FAULTS)('$name, for $faultMs ms', ({ name, faultMs, inflict }) => {
    let run: FaultRun;
    const tell = (): void => console.log(`FAULT_SEED=${SEED}, ${name}\n${outputOf(cluster)}`);
    beforeAll(async () => {
      const victim = redis.nodes[Math.floor(random() * redis.nodes.length)];
      if (!victim) throw new Error('there is no master');
      const inflictAndRepair = async () => {
        const end = await inflict(victim);
        return async () => {
          await end();
          await eventually('the Redis Cluster is complete again', isComplete, 30_000);
        };
      };
      const running = runFault({ cluster, inflict: inflictAndRepair, faultMs, random, hotVersionOf });
      running.catch(tell);
      run = await running;
    }, faultMs + SETTLING_MS);
    afterAll(() => run?.close());

    it.each(PHASES)('[CH3][CH4][RM16][RM37][NO2] %s: as with one Redis', (phase) => {
      onTestFailed(tell);
      console.log(`${name} | ${figuresOf(run, phase)}`);
      expectPromisesKept(run, phase);
    });

    it('[ST12][CH8][SG2] no node ends, and everything is as before within three seconds of its return', () => {
      onTestFailed(tell);
      expectNodesAlive(run, cluster);
      console.log(`${name} | ${figuresAfter(run)}`);
      expectConverged(run);
    });
  });
});
