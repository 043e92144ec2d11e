// Nodes with a list in memory and a clock that the test moves; the list on PostgreSQL has a suite of its own.
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { NodeRegistry } from './ports.ts';
import { createNodes, type WatchedNodes } from './watched-nodes.ts';

const createWorld = () => {
  vi.useFakeTimers();
  const marks = new Map<string, number>();
  const world = {
    ...{ now: 0, away: false, refusesNew: false, answering: async () => {} },
    ...{ allUnderstand: 1, asked: [] as number[] },
  };
  let mark = 0;
  let id = 0;
  const check = () => {
    if (world.away) throw new Error('the database is away');
  };
  const registry: NodeRegistry = {
    async register(bootId) {
      check();
      if (world.refusesNew) throw new Error('nobody is taken into the list');
      if (!marks.has(bootId)) marks.set(bootId, ++mark);
    },
    async beat(bootId) {
      check();
      if (marks.has(bootId)) marks.set(bootId, ++mark);
      const answer = new Map(marks);
      await world.answering();
      return answer;
    },
    async declareDead(bootId, known) {
      check();
      return marks.get(bootId) === known && marks.delete(bootId);
    },
    async remove(bootId) {
      check();
      marks.delete(bootId);
    },
    listed: async () => new Set(marks.keys()),
  };
  const started: WatchedNodes[] = [];
  return {
    world,
    marks,
    async node() {
      const dead: string[] = [];
      const gone: string[] = [];
      const nodes = createNodes({
        registry,
        clock: { monotonic: () => world.now },
        timers: {
          after(ms, run) {
            const timer = setTimeout(run, ms);
            return () => clearTimeout(timer);
          },
        },
        newId: () => `boot${++id}`,
        agree: async (vocabulary) => {
          world.asked.push(vocabulary);
          return vocabulary <= world.allUnderstand;
        },
        log: pino({ level: 'silent' }),
      });
      let declaredDead = 0;
      nodes.onGone((ids) => gone.push(...ids));
      nodes.onDeath((ids) => dead.push(...ids));
      nodes.onDeclaredDead(() => {
        declaredDead += 1;
      });
      await nodes.start();
      started.push(nodes);
      return { nodes, dead, gone, declaredDead: () => declaredDead };
    },
    async pass(ms: number) {
      for (let gone = 0; gone < ms; gone += 1_000) {
        world.now += 1_000;
        await vi.advanceTimersByTimeAsync(1_000);
      }
    },
    async end() {
      world.away = false;
      for (const nodes of started) await nodes.stop();
      vi.useRealTimers();
    },
  };
};

describe('nodes', () => {
  it('[NO1] who has stopped beating is dead to one other within nine seconds, and not before seven', async () => {
    const { node, marks, pass, end } = createWorld();
    const watcher = await node();
    marks.set('killed', 0);
    await pass(6_000);
    expect(watcher.dead).toEqual([]);
    expect(watcher.nodes.isDead('killed')).toBe(false);
    await pass(3_000);
    expect(watcher.dead).toEqual(['killed']);
    expect(watcher.nodes.isDead('killed')).toBe(true);
    await end();
  });

  it('[NO1] whoever stands in a room and in no list is dead once the watcher has looked again', async () => {
    const { node, pass, end } = createWorld();
    const watcher = await node();
    watcher.nodes.askAfter('of an earlier run');
    expect(watcher.nodes.isDead('of an earlier run')).toBe(false);
    await pass(1_000);
    expect(watcher.dead).toEqual(['of an earlier run']);
    expect(watcher.nodes.isDead('of an earlier run')).toBe(true);
    await end();
  });

  it('the question whether a node is dead changes nothing: only who is asked after is judged', async () => {
    const { node, pass, end } = createWorld();
    const watcher = await node();
    expect(watcher.nodes.isDead('never seen')).toBe(false);
    await pass(1_000);
    expect(watcher.nodes.isDead('never seen')).toBe(false);
    expect(watcher.dead).toEqual([]);
    await end();
  });

  it('a node that is newer than the last look is not taken for dead', async () => {
    const { node, pass, end } = createWorld();
    const watcher = await node();
    const newer = await node();
    watcher.nodes.askAfter(newer.nodes.bootId());
    expect(watcher.nodes.isDead(newer.nodes.bootId())).toBe(false);
    await pass(20_000);
    expect(watcher.nodes.isDead(newer.nodes.bootId())).toBe(false);
    expect(watcher.dead).toEqual([]);
    await end();
  });

  it('a node that is asked after while the look at the list is on its way is not taken for dead', async () => {
    const { world, node, pass, end } = createWorld();
    const watcher = await node();
    let newer = '';
    world.answering = async () => {
      world.answering = async () => {};
      newer = (await node()).nodes.bootId();
      watcher.nodes.askAfter(newer);
    };
    await pass(3_000);
    expect(newer).not.toBe('');
    expect(watcher.dead).toEqual([]);
    expect(watcher.nodes.isDead(newer)).toBe(false);
    await end();
  });

  it('[NO3] a node that was declared dead uses no id before it is in the list', async () => {
    const { world, node, marks, pass, end } = createWorld();
    const paused = await node();
    marks.delete(paused.nodes.bootId());
    world.refusesNew = true;
    await pass(3_000);
    expect(paused.declaredDead()).toBe(0);
    world.refusesNew = false;
    await pass(1_000);
    expect(paused.declaredDead()).toBe(1);
    expect(marks.has(paused.nodes.bootId())).toBe(true);
    await end();
  });

  it('[NO2] an outage of the database makes nobody dead: everybody gets the whole time again', async () => {
    const { world, node, pass, end } = createWorld();
    const nodes = [await node(), await node()];
    await pass(2_000);
    world.away = true;
    await pass(30_000);
    world.away = false;
    await pass(6_000);
    for (const each of nodes) {
      expect(each.dead).toEqual([]);
      expect(each.declaredDead()).toBe(0);
    }
    await end();
  });

  it('[NO1] who died while this node could not look is noticed when it can', async () => {
    const { world, marks, node, pass, end } = createWorld();
    const watcher = await node();
    marks.set('killed', 0);
    await pass(2_000);
    world.away = true;
    await pass(10_000);
    // Somebody else could look, and has declared it dead.
    marks.delete('killed');
    world.away = false;
    await pass(3_000);
    expect(watcher.nodes.isDead('killed')).toBe(true);
    expect(watcher.gone).toContain('killed');
    await end();
  });

  it('[NO3] a node that was declared dead hears of it and goes on under another id', async () => {
    const { node, marks, pass, end } = createWorld();
    const [paused, watcher] = [await node(), await node()];
    const former = paused.nodes.bootId();
    marks.delete(former);
    await pass(1_000);
    expect(paused.declaredDead()).toBe(1);
    expect(paused.nodes.bootId()).not.toBe(former);
    expect(paused.nodes.isDead(former)).toBe(true);
    expect(watcher.nodes.isDead(former)).toBe(true);
    await pass(10_000);
    expect(watcher.nodes.isDead(paused.nodes.bootId())).toBe(false);
    expect(paused.declaredDead()).toBe(1);
    await end();
  });

  it('a node that stops in good order is dead to the others at once, and is not declared dead', async () => {
    const { node, pass, end } = createWorld();
    const [leaving, watcher] = [await node(), await node()];
    await pass(1_000);
    await leaving.nodes.stop();
    await pass(1_000);
    expect(watcher.nodes.isDead(leaving.nodes.bootId())).toBe(true);
    expect(watcher.gone).toEqual([leaving.nodes.bootId()]);
    expect(watcher.dead).toEqual([]);
    await end();
  });

  it('[NO13] newer events are allowed once all nodes understand them, and nobody is asked again then', async () => {
    const { world, node } = createWorld();
    const { nodes } = await node();
    expect(await nodes.allows(1)).toBe(true);
    expect(world.asked).toEqual([]);
    expect(await nodes.allows(2)).toBe(false);
    world.allUnderstand = 3;
    expect(await nodes.allows(3)).toBe(true);
    expect(await nodes.allows(2)).toBe(true);
    expect(await nodes.allows(3)).toBe(true);
    expect(world.asked).toEqual([2, 3]);
  });
});
