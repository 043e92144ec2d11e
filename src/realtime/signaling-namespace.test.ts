// The namespace /signaling over sockets in memory: who comes in, whose goodbye counts, what is relayed and what is refused.
import { describe, expect, it } from 'vitest';
import { createMemoryNode, storeWith } from '../../test/support/room/memory-node.ts';
import type { Link, MemoryClient } from '../../test/support/room/memory-sockets.ts';
import { seated } from '../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../test/support/room/virtual-time.ts';
import type { NumberedPage } from './ports.ts';

const offer = { type: 'offer', sdp: 'v=0' };

const createScene = async () => {
  const time = createVirtualTime();
  const store = storeWith(seated);
  await time.settleUntil(3_000);
  const epochs = new Map<string, number>();
  const remembered: NumberedPage[] = [];
  const scene = { numbering: async () => {} };
  const node = createMemoryNode({
    ...{ store, time },
    instances: {
      async pageEpochOf(_, participantId, instance) {
        await scene.numbering();
        const known = [...epochs.keys()].filter((key) => key.startsWith(participantId));
        const key = `${participantId} ${instance}`;
        const epoch = epochs.get(key) ?? known.length + 1;
        epochs.set(key, epoch);
        return epoch;
      },
      remember: async (_, pages) => void remembered.push(...pages),
    },
  });
  node.rooms.start();
  const pass = (ms: number) => time.settleUntil(time.now() + ms);
  return {
    ...{ node, scene, pass, store, remembered },
    async enter(token: string, { instance = 'page', link }: { instance?: string; link?: Link } = {}) {
      const client = node.sockets.connect('/signaling', { auth: { token, instance }, ...(link && { link }) });
      await pass(1);
      return client;
    },
    size: () => node.realtime.counts().peers,
  };
};
const namesOf = (client: MemoryClient): string[] => client.received.map(({ name }) => name);
const codeOf = async (client: MemoryClient, body: unknown, name = 'signal') =>
  (await client.ask(name, body)).error?.code;

describe('what is relayed', () => {
  it('[SG2] reaches the one page that is meant, with its sender', async () => {
    const { enter } = await createScene();
    const [a, b, c] = [await enter('p0'), await enter('p1'), await enter('p2')];
    expect(await a.ask('signal', { to: 'p1', epoch: 1, description: offer })).toEqual({ ok: true });
    expect(b.bodiesOf('signal')).toEqual([{ from: 'p0', epoch: 1, description: offer }]);
    expect(namesOf(c)).not.toContain('signal');
  });

  it('[SG3] [SG4] [SG5] [SG8] is refused when nobody is there, a page is gone, or it is no signal', async () => {
    const { enter } = await createScene();
    const a = await enter('p0');
    await enter('p1', { instance: 'first' });
    await enter('p1', { instance: 'second' });
    const description = offer;
    expect(await codeOf(a, { to: 'p2', epoch: 1, description })).toBe('peer_not_found');
    expect(await codeOf(a, { to: 'p0', epoch: 1, description })).toBe('peer_not_found');
    expect(await codeOf(a, { to: 'p1', epoch: 1, description })).toBe('stale_epoch');
    expect(await codeOf(a, { to: 'p1', epoch: 2 })).toBe('invalid_message');
    expect(await codeOf(a, {}, 'page:turn')).toBe('invalid_message');
    const sdp = 'x'.repeat(64 * 1024);
    expect(await codeOf(a, { to: 'p1', epoch: 2, description: { type: 'offer', sdp } })).toBe('signal_too_large');
    expect(await codeOf(a, { to: 'p1', epoch: 2, description })).toBeUndefined();
  });

  it('[SG14] too much is refused, and who does not stop is closed; the others go on', async () => {
    const { enter, pass } = await createScene();
    const [a, b] = [await enter('p0'), await enter('p1')];
    const body = { to: 'p1', epoch: 1, description: offer };
    const codes = await Promise.all(Array.from({ length: 250 }, () => codeOf(a, body)));
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(50);
    for (let count = 0; count < 1_000; count += 1) a.emit('signal', body);
    await pass(1);
    expect([a.state, b.state]).toEqual(['closed', 'connected']);
  });
});

describe('who is there', () => {
  it('an instance that cannot be one is refused before it is in', async () => {
    const { enter, size } = await createScene();
    expect((await enter('p0', { instance: 'x'.repeat(101) })).refusal).toBe('invalid_message');
    expect(size()).toBe(0);
  });

  it('[SG11] the goodbye of a connection that was replaced takes the page out for nobody', async () => {
    const { enter, pass, size } = await createScene();
    const late: (() => void)[] = [];
    const link: Link = { toServer: (run) => run(), toClient: (run) => run(), closed: (_, run) => void late.push(run) };
    const other = await enter('p1');
    const former = await enter('p0', { link });
    former.vanish();
    const current = await enter('p0');
    for (const arrive of late) arrive();
    await pass(20_000);
    expect(namesOf(other)).toEqual(['peers', 'peer:joined', 'peer:joined']);
    expect([size(), current.state]).toEqual([2, 'connected']);
  });

  it('[SG6] who says goodbye has left at once', async () => {
    const { enter, pass, size } = await createScene();
    const [a, b] = [await enter('p0'), await enter('p1')];
    b.leave();
    await pass(1);
    expect(a.bodiesOf('peer:left')).toEqual([{ participantId: 'p1', epoch: 1 }]);
    expect(size()).toBe(1);
  });

  it('who is gone before the page was numbered never was there', async () => {
    const { enter, scene, pass, size } = await createScene();
    const a = await enter('p0');
    let go = () => {};
    scene.numbering = () =>
      new Promise((resolve) => {
        go = resolve;
      });
    const b = await enter('p1');
    b.vanish();
    go();
    await pass(1);
    expect([namesOf(a), namesOf(b), size()]).toEqual([['peers'], [], 1]);
  });

  it('a page that cannot be numbered now is closed, to come again', async () => {
    const { enter, scene, size } = await createScene();
    scene.numbering = () => Promise.reject(new Error('the database is away'));
    const a = await enter('p0');
    expect([a.state, a.refusal, a.transport.readyState, size()]).toEqual(['closed', undefined, 'closed', 0]);
  });

  it('whoever is removed from the room is cut here too', async () => {
    const { enter, node, pass } = await createScene();
    const [a, b] = [await enter('p0'), await enter('p1')];
    for (const by of ['p0', 'p1', 'p2']) await node.rooms.handle('room', { type: 'connect', by, bootId: 'here' });
    await node.rooms.handle('room', { type: 'remove', by: 'p0', participantId: 'p1' });
    await pass(1);
    expect([a.state, b.state]).toEqual(['connected', 'closed']);
    expect(a.bodiesOf('peer:left')).toEqual([{ participantId: 'p1', epoch: 1 }]);
  });

  it('[ST24] when commits are gone from the journal, pages are remembered and their transports closed', async () => {
    const { enter, node, store, pass, remembered } = await createScene();
    const a = await enter('p0');
    await node.rooms.state('room');
    store.cutBack('room', 2);
    await pass(1_500);
    expect(a.transport.readyState).toBe('closed');
    expect(remembered).toEqual([{ participantId: 'p0', instance: 'page', pageEpoch: 1 }]);
  });
});
