// Shared values over a real Redis and a real Redis Cluster: the same contract, and what several nodes see of each other.
import { expect, it, vi } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import { keysOf, type SharedValuesNode, VALUES_NAME } from '../support/cluster/shared-values-nodes.ts';
import { describeOnEachRedis, sharedValuesScene } from '../support/cluster/shared-values-scene.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { describeSharedValues } from './shared-values.contract.ts';

const { nodeOn, onEnd } = sharedValuesScene();

describeOnEachRedis('shared values over %s', (name, place) => {
  const twoNodes = async (): Promise<[SharedValuesNode, SharedValuesNode]> => [
    await nodeOn(place().url),
    await nodeOn(place().url),
  ];

  describeSharedValues(name, async () => (await nodeOn(place().url, { incarnation: crypto.randomUUID() })).map);

  it('what is said on one node is known on all that watch the room, and told with what was known before', async () => {
    const [one, other] = await twoNodes();
    await Promise.all([one.watch('a'), other.watch('a')]);
    one.map.set('a', 'p', 1);
    await other.knows('a', { p: 1 });
    other.map.set('a', 'q', 2);
    one.map.set('a', 'p', 3);
    one.map.set('b', 'p', 9);
    await Promise.all([one, other].map((node) => node.knows('a', { p: 3, q: 2 })));
    one.map.delete('a', 'p');
    await other.knows('a', { q: 2 });
    expect(one.changes).toEqual([['a', 'q', 2, undefined]]);
    expect(other.changes).toEqual([
      ['a', 'p', 1, undefined],
      ['a', 'p', 3, 1],
      ['a', 'p', undefined, 3],
    ]);
  });

  it('who watches later is filled, and after its last watch knows nothing any more', async () => {
    const [one, late] = await twoNodes();
    await one.watch('a');
    one.map.set('a', 'p', 1);
    one.map.set('a', 'q', 2);
    one.map.delete('a', 'q');
    await eventually('it is stored', async () => (await keysOf(place())).length === 1);
    const end = await late.watch('a');
    expect(Object.fromEntries(late.map.of('a'))).toEqual({ p: 1 });
    const second = await late.watch('a');
    end();
    expect(late.map.of('a').size).toBe(1);
    second();
    expect(late.map.of('a').size).toBe(0);
    one.map.set('a', 'p', 3);
    await late.watch('a');
    await late.knows('a', { p: 3 });
  });

  it('the last who says something counts on every node, also against the node that said it first', async () => {
    const [one, other] = await twoNodes();
    const third = await nodeOn(place().url);
    const all = [one, other, third];
    await Promise.all(all.map((node) => node.watch('a')));
    for (let round = 1; round <= 30; round += 1) {
      for (const [index, node] of all.entries()) node.map.set('a', 'p', round * 10 + index);
      await eventually('they agree', () => new Set(all.map((node) => node.map.of('a').get('p'))).size === 1);
    }
    other.map.set('a', 'p', 7);
    await Promise.all(all.map((node) => node.knows('a', { p: 7 })));
    // What another node has said since is not taken back.
    one.map.delete('a', 'p');
    third.map.set('a', 'q', 8);
    await Promise.all(all.map((node) => node.knows('a', { p: 7, q: 8 })));
    other.map.delete('a', 'p');
    await Promise.all(all.map((node) => node.knows('a', { q: 8 })));
  });

  it('no key is without an end, and two incarnations of the database do not meet', async () => {
    const [one, restored] = [await nodeOn(place().url), await nodeOn(place().url, { incarnation: 'restored' })];
    const rooms = Array.from({ length: 20 }, (_, index) => `room-${index}`);
    for (const roomId of rooms) {
      await Promise.all([one.watch(roomId), restored.watch(roomId)]);
      one.map.set(roomId, 'p', 1);
    }
    restored.map.set('room-1', 'q', 2);
    const stored = await eventually('all are stored', async () => {
      const found = await keysOf(place());
      return found.length === 21 && found;
    });
    for (const { server, key } of stored) {
      expect(key).toMatch(/^tri:\{[^{}]+\}:[^{}]+$/);
      expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
    }
    expect(Object.fromEntries(one.map.of('room-1'))).toEqual({ p: 1 });
    expect(Object.fromEntries(restored.map.of('room-1'))).toEqual({ q: 2 });
  });

  it('what holds for longer than a key is told anew before it ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const [one, late] = await twoNodes();
      await one.watch('a');
      one.map.set('a', 'p', 1);
      const [stored] = await eventually('it is stored', async () => {
        const found = await keysOf(place());
        return found.length === 1 && found;
      });
      if (!stored) throw new Error('there is one key');
      const left = async () => Number(await stored.server.command('PTTL', stored.key));
      await stored.server.command('PEXPIRE', stored.key, 60_000);
      vi.advanceTimersByTime(20 * 60_000);
      await eventually('it lasts longer again', async () => (await left()) > 60_000);
      await late.watch('a');
      expect(late.map.of('a').get('p')).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('damaged values are passed over, and are replaced by what is said', async () => {
    const [one, other] = await twoNodes();
    await one.watch('a');
    one.map.set('a', 'p', 1);
    const key = one.keys.values('a', VALUES_NAME);
    await eventually('it is stored', async () => (await keysOf(place())).length === 1);
    const damaged = ['', 'x', '5', '5 node', '5 node {', '5 node "text"', '5 node 1.5', '99999999999999999 node 1'];
    for (const [index, value] of damaged.entries()) await one.redis.client.hset(key, `damaged-${index}`, value);
    const channel = one.keys.valuesChannel('a', VALUES_NAME);
    for (const message of ['x', 'x {', 'x []', 'x [1,2]', 'x {"p":1}', 'x ["p"]', 'x ["p","z"]', 'x  ', 'x'])
      await one.redis.client.spublish(channel, message);
    await other.watch('a');
    expect(Object.fromEntries(other.map.of('a'))).toEqual({ p: 1 });
    other.map.set('a', 'damaged-1', 2);
    other.map.set('a', 'damaged-4', 3);
    await one.knows('a', { p: 1, 'damaged-1': 2, 'damaged-4': 3 });
  });

  it('something else under the name of the key is replaced', async () => {
    const [one, other] = await twoNodes();
    await one.redis.client.rpush(one.keys.values('a', VALUES_NAME), 'a list');
    await Promise.all([one.watch('a'), other.watch('a')]);
    one.map.set('a', 'p', 1);
    await other.knows('a', { p: 1 });
  });
});

describeWithRedis('two nodes whose clocks differ', () => {
  it('agree, and who answers to what was heard is later than it', async () => {
    const server = await startRedisServer();
    onEnd(() => server.stop());
    const fast = await nodeOn(server.url, { now: () => 2_000_000_000_000.7 });
    const slow = await nodeOn(server.url, { now: () => 1_000_000_000_000.2 });
    await Promise.all([fast.watch('a'), slow.watch('a')]);
    fast.map.set('a', 'p', 1);
    await slow.knows('a', { p: 1 });
    slow.map.set('a', 'p', 2);
    await fast.knows('a', { p: 2 });
    slow.map.delete('a', 'p');
    await fast.knows('a', {});
  });
});
