// Nodes with clocks of their own, a Redis with another and a network between them, all in a world whose time the test moves.
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../processes/seeded-random.ts';
import { createClusterClock } from './cluster-clock.ts';
import type { SharedTime } from './shared-time.ts';

const HOUR = 3_600_000;
const START = 1_700_000_000_000;
const log = pino({ level: 'silent' });

const createWorld = ({ seed = 1, jitterMs = 0 } = {}) => {
  const random = createRandom(seed);
  const world = { now: START, redisAhead: 0, away: false, delayMs: 1, correction: undefined as number | undefined };
  const travel = () => {
    world.now += world.delayMs + random() * jitterMs;
  };
  const time: SharedTime = {
    async ask(knownCorrection) {
      if (world.away) throw new Error('away');
      travel();
      world.correction ??= knownCorrection;
      const answer = { redisTime: world.now + world.redisAhead, correction: world.correction };
      travel();
      return answer;
    },
    async correct(from, to) {
      if (world.away) throw new Error('away');
      if (world.correction !== from) return false;
      world.correction = to;
      return true;
    },
  };

  const createNode = ({ ppm = 0, wallAhead = 0 } = {}) => {
    const machine = { wallAhead, stoodStillMs: 0 };
    const monotonic = () => (world.now - START) * (1 + ppm / 1e6) - machine.stoodStillMs;
    const cluster = createClusterClock({ time, log, monotonic, wall: () => world.now + machine.wallAhead });
    return { machine, cluster, sample: cluster.sample, now: () => cluster.clock.now() };
  };
  type Node = ReturnType<typeof createNode>;

  /** Lets time go by with a sample of every node each two seconds; `look` sees each of them. */
  const pass = async (nodes: readonly Node[], ms: number, look: () => void = () => {}): Promise<void> => {
    for (const end = world.now + ms; world.now < end; world.now += 2_000) {
      for (const node of nodes) await node.sample();
      look();
    }
  };
  /** As a node starts: asks until it knows. */
  const begin = async (...nodes: readonly Node[]): Promise<void> => {
    for (const node of nodes) while (!(await node.cluster.synchronize())) world.now += 500;
  };
  return { world, createNode, pass, begin };
};

describe('cluster clock', () => {
  it('takes the shared time over at the start, however wrong the wall clock is', async () => {
    const { world, createNode, begin } = createWorld({ jitterMs: 20 });
    const node = createNode({ wallAhead: -HOUR });
    await begin(node);
    expect(Math.abs(node.now() - world.now)).toBeLessThan(10);
    expect(await node.cluster.synchronize()).toBe(true);
  });

  it('does not wait where the machine agrees with the shared time', async () => {
    const { createNode } = createWorld();
    expect(await createNode({ wallAhead: 1_000 }).cluster.synchronize()).toBe(true);
  });

  it.each([HOUR, -HOUR])(
    'a node that starts just when the clock of Redis has stepped by %i ms begins with what the others make of it',
    async (stepMs) => {
      const { world, createNode, pass, begin } = createWorld({ jitterMs: 5 });
      const nodes = [createNode(), createNode()];
      await begin(...nodes);
      await pass(nodes, 60_000);
      world.redisAhead = stepMs;
      const late = createNode();
      const startedAt = world.now;
      while (!(await late.cluster.synchronize())) await pass(nodes, 500);
      expect(world.now - startedAt).toBeLessThan(12_000);
      await pass([...nodes, late], 60_000, () => {
        for (const node of [...nodes, late]) expect(Math.abs(node.now() - world.now)).toBeLessThan(15);
      });
    },
  );

  it('says that it could not begin while Redis is away', async () => {
    const { world, createNode } = createWorld();
    world.away = true;
    const node = createNode();
    expect(await node.cluster.synchronize()).toBe(false);
    expect(node.cluster.uncertaintyMs()).toBeUndefined();
    world.away = false;
    expect(await node.cluster.synchronize()).toBe(true);
    expect(node.cluster.uncertaintyMs()).toBeLessThan(2);
  });

  it.each([-200, -50, 50, 200])('keeps three nodes together whose oscillators are off, by %i ppm', async (ppm) => {
    const { world, createNode, pass } = createWorld({ seed: ppm + 1_000, jitterMs: 10 });
    const nodes = [createNode({ ppm }), createNode(), createNode({ ppm: -ppm })];
    for (const node of nodes) await node.cluster.synchronize();
    let worst = 0;
    await pass(nodes, HOUR, () => {
      worst = Math.max(worst, ...nodes.map((node) => Math.abs(node.now() - world.now)));
    });
    expect(worst).toBeLessThan(12);
  });

  it('is not moved by jitter of half a second, and never goes back', async () => {
    const { world, createNode, pass } = createWorld({ seed: 7, jitterMs: 250 });
    const node = createNode({ ppm: 30 });
    await node.cluster.synchronize();
    const atFirst = node.now() - world.now;
    let last = Number.NEGATIVE_INFINITY;
    let worst = 0;
    await pass([node], HOUR / 4, () => {
      expect(node.now()).toBeGreaterThan(last);
      last = node.now();
      worst = Math.max(worst, Math.abs(node.now() - world.now));
    });
    expect(Math.abs(atFirst)).toBeLessThan(130);
    expect(worst).toBeLessThan(130);
  });

  it('does not see a step of the wall clock of its machine', async () => {
    const { world, createNode, pass } = createWorld();
    const node = createNode();
    await node.cluster.synchronize();
    for (const wallAhead of [HOUR, -HOUR]) {
      node.machine.wallAhead = wallAhead;
      await pass([node], 60_000);
      expect(Math.abs(node.now() - world.now)).toBeLessThan(2);
    }
  });

  it.each([HOUR, -HOUR, 2_000, -2_000])(
    'goes on as before when the clock of Redis steps by %i ms, also for nodes that start later',
    async (stepMs) => {
      const { world, createNode, pass, begin } = createWorld({ jitterMs: 5 });
      const nodes = [createNode(), createNode({ ppm: 20 })];
      for (const node of nodes) await node.cluster.synchronize();
      await pass(nodes, 60_000);
      world.redisAhead = stepMs;
      await pass(nodes, 600_000, () => {
        for (const node of nodes) expect(Math.abs(node.now() - world.now)).toBeLessThan(15);
      });
      const late = createNode({ wallAhead: stepMs });
      await begin(late);
      expect(Math.abs(late.now() - world.now)).toBeLessThan(15);
      // Everything in Redis is lost, the correction with it.
      world.correction = undefined;
      await pass([...nodes, late], 60_000);
      for (const node of [...nodes, late]) expect(Math.abs(node.now() - world.now)).toBeLessThan(15);
    },
  );

  it('follows a small error of the shared time slowly', async () => {
    const { world, createNode, pass } = createWorld();
    const node = createNode();
    await node.cluster.synchronize();
    world.redisAhead = 60;
    let before = node.now() - world.now;
    await pass([node], 300_000, () => {
      const after = node.now() - world.now;
      expect(after - before).toBeLessThanOrEqual(2_010 * 500e-6);
      before = after;
    });
    expect(node.now() - world.now).toBeCloseTo(60, 0);
  });

  it('goes on by itself while Redis is away', async () => {
    const { world, createNode, pass } = createWorld();
    const node = createNode({ ppm: 20 });
    await node.cluster.synchronize();
    await pass([node], 60_000);
    world.away = true;
    await pass([node], 600_000);
    // Twenty millionths of ten minutes.
    expect(Math.abs(node.now() - world.now)).toBeLessThan(15);
    world.away = false;
    await pass([node], 120_000);
    expect(Math.abs(node.now() - world.now)).toBeLessThan(2);
  });

  it('a node whose machine stood still follows the others, and they do not follow it', async () => {
    const { world, createNode, pass } = createWorld({ jitterMs: 5 });
    const [paused, ...others] = [createNode(), createNode(), createNode()];
    const all = [paused, ...others];
    for (const node of all) await node.cluster.synchronize();
    await pass(all, 60_000);
    paused.machine.stoodStillMs = 30_000;
    await pass(all, 120_000, () => {
      for (const node of others) expect(Math.abs(node.now() - world.now)).toBeLessThan(15);
    });
    expect(Math.abs(paused.now() - world.now)).toBeLessThan(15);
  });
});
