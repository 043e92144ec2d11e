// Shared values when Redis stops, stands still or loses everything: what was set is published again, and nobody goes missing.
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { keysOf, type SharedValuesNode } from '../support/cluster/shared-values-nodes.ts';
import { describeOnEachRedis, sharedValuesScene } from '../support/cluster/shared-values-scene.ts';

const { nodeOn } = sharedValuesScene();

describeOnEachRedis('shared values when %s fails', (_name, place) => {
  const twoNodes = async (): Promise<[SharedValuesNode, SharedValuesNode]> => [
    await nodeOn(place().url),
    await nodeOn(place().url),
  ];

  it('after FLUSHALL nobody has lost anything, and who watches from then on is told by those who know', async () => {
    const [one, other] = await twoNodes();
    const [late, later] = await twoNodes();
    await Promise.all([one.watch('a'), other.watch('a')]);
    one.map.set('a', 'p', 1);
    other.map.set('a', 'q', 2);
    other.map.set('a', 'r', 3);
    other.map.delete('a', 'r');
    await Promise.all([one, other].map((node) => node.knows('a', { p: 1, q: 2 })));
    await place().flushAll();
    await late.watch('a');
    await late.knows('a', { p: 1, q: 2 });
    await place().flushAll();
    // Now what is stored is not nothing, but not all either.
    one.map.set('a', 'p', 4);
    await eventually('it is stored', async () => (await keysOf(place())).length === 1);
    await later.watch('a');
    await later.knows('a', { p: 4, q: 2 });
    expect(one.map.of('a').size + other.map.of('a').size).toBe(4);
  });

  it('after a restart all is told again; what was said meanwhile counts more than what Redis or others had', async () => {
    const [one, other] = await twoNodes();
    const rooms = Array.from({ length: 120 }, (_, index) => `room-${index}`);
    for (const node of [one, other]) await Promise.all(rooms.map((roomId) => node.watch(roomId)));
    for (const roomId of rooms) {
      one.map.set(roomId, 'p', 1);
      other.map.set(roomId, 'q', 2);
      other.map.set(roomId, 'r', 3);
    }
    for (const roomId of rooms) await one.knows(roomId, { p: 1, q: 2, r: 3 });
    await Promise.all(place().nodes.map((server) => server.kill()));
    for (const roomId of rooms) {
      one.map.set(roomId, 'p', 4);
      one.map.set(roomId, 'q', 5);
      other.map.delete(roomId, 'r');
    }
    await one.noticesOutage();
    one.changes.length = 0;
    await Promise.all(place().nodes.map((server) => server.restart()));
    for (const node of [one, other]) for (const roomId of rooms) await node.knows(roomId, { p: 4, q: 5 });
    // Nothing went away because Redis did: what is gone is only what was taken back.
    expect(one.changes.every(([, participantId]) => participantId === 'r')).toBe(true);
    const late = await nodeOn(place().url);
    await late.watch('room-7');
    await late.knows('room-7', { p: 4, q: 5 });
  }, 30_000);

  it('who begins to watch in an outage is not kept waiting, and learns the rest afterwards', async () => {
    const [one, other] = await twoNodes();
    await one.watch('a');
    one.map.set('a', 'p', 1);
    await eventually('it is stored', async () => (await keysOf(place())).length === 1);
    for (const server of place().nodes) server.pause();
    try {
      await other.noticesOutage();
      await other.watch('a');
      other.map.set('a', 'q', 2);
      expect(Object.fromEntries(other.map.of('a'))).toEqual({ q: 2 });
    } finally {
      for (const server of place().nodes) server.resume();
    }
    await Promise.all([one, other].map((node) => node.knows('a', { p: 1, q: 2 })));
  }, 30_000);

  it('what was said in a room that nobody watches any more still arrives, and is then forgotten here', async () => {
    const [one, other] = await twoNodes();
    await other.watch('a');
    const end = await one.watch('a');
    one.map.set('a', 'p', 1);
    await other.knows('a', { p: 1 });
    await Promise.all(place().nodes.map((server) => server.kill()));
    await one.noticesOutage();
    one.map.delete('a', 'p');
    end();
    await Promise.all(place().nodes.map((server) => server.restart()));
    await other.knows('a', {});
    await eventually('it is forgotten', () => one.map.of('a').size === 0);
  }, 30_000);
});
