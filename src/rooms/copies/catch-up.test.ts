// A node's copy and the journal behind it: what another node publishes comes in order, out of order, twice or not at all, and
// the journal may have been put back. Two nodes on one store, on virtual time.
import { describe, expect, it } from 'vitest';
import { createMemoryNode, storeWith } from '../../../test/support/room/memory-node.ts';
import { running } from '../../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { createLoneNode } from '../presence/nodes.ts';
import type { CommitBus, PublishedCommit } from './ports.ts';

const nodes = createLoneNode('boot', async () => true);

const createScene = async () => {
  const time = createVirtualTime();
  const store = storeWith(running);
  await time.settleUntil(10_000);
  const published: PublishedCommit[] = [];
  let receive: ((commit: PublishedCommit) => void) | undefined;
  const bus: CommitBus = {
    publish: () => {},
    isHeard: () => true,
    onReconnect: () => () => {},
    subscribe: (_, onCommit) => {
      receive = onCommit;
      return () => {};
    },
  };
  const there = createMemoryNode({
    store,
    time,
    nodes,
    bus: { ...bus, publish: (_, commit) => published.push(commit) },
  });
  const here = createMemoryNode({ store, time, nodes, bus });
  const news: string[] = [];
  here.rooms.listen({
    committed: ({ before, commit, after }) => news.push(`${before.version} ${commit.version} ${after.version}`),
    takenBack: () => void news.push('taken back'),
    erased: () => void news.push('erased'),
  });
  here.rooms.follow('room');
  await here.rooms.copyOf('room');
  const settled = () => time.settleUntil(time.now());
  return {
    ...{ store, here, published, news },
    version: async () => (await here.copyOf())?.version,
    turn: (page: number) => there.rooms.handle('room', { type: 'turn_page', by: 'p0', to: page }),
    async receive(...commits: (PublishedCommit | undefined)[]) {
      for (const commit of commits) if (commit) receive?.(commit);
      await settled();
    },
  };
};

describe('what another node publishes', () => {
  it('is applied when it follows, and dropped when it is here already', async () => {
    const { turn, published, receive, version, news } = await createScene();
    await turn(1);
    await turn(2);
    await receive(published[0], published[1], published[0], published[1]);
    expect(await version()).toBe(9);
    expect(news).toEqual(['7 8 8', '8 9 9']);
  });

  it('out of order: what is missing is read from the journal, and each commit is told once', async () => {
    const { turn, published, receive, version, news } = await createScene();
    for (const page of [1, 2, 3]) await turn(page);
    await receive(published[2], published[0], published[1]);
    expect(await version()).toBe(10);
    expect(news).toEqual(['7 8 8', '8 9 9', '9 10 10']);
  });

  it('of a room that has no copy here changes nothing: it will be loaded when somebody asks', async () => {
    const { turn, published, receive, here, news } = await createScene();
    await here.copies.delete('room');
    await turn(1);
    await receive(published[0]);
    expect(await here.copyOf()).toBeUndefined();
    expect(news).toEqual([]);
  });

  it('[ST24] on another history than the copy is of: the journal decides, and the room begins anew', async () => {
    const { turn, published, receive, here, store, news } = await createScene();
    await turn(1);
    await receive(published[0]);
    store.cutBack('room', 7);
    await turn(3);
    await turn(2);
    // It follows the copy by its number alone.
    await receive(published[2]);
    expect(news).toEqual(['7 8 8', 'taken back']);
    expect((await here.copyOf())?.commitId).toBe(published[2]?.commitId);
  });
});

describe('a copy that is asked for the truth', () => {
  it('[NO5] is brought to where the journal is, and tells of each commit on the way', async () => {
    const { turn, here, news } = await createScene();
    for (const page of [1, 2, 3]) await turn(page);
    expect((await here.rooms.copyOf('room'))?.version).toBe(7);
    expect((await here.rooms.state('room'))?.version).toBe(10);
    expect(news).toEqual(['7 8 8', '8 9 9', '9 10 10']);
  });

  it('[ST24] is given up when the journal does not have its commit any more', async () => {
    const { turn, here, store, news } = await createScene();
    await turn(1);
    await here.rooms.state('room');
    store.cutBack('room', 6);
    expect((await here.rooms.state('room'))?.version).toBe(6);
    expect(news).toEqual(['7 8 8', 'taken back']);
  });

  it('is no room any more once it is erased', async () => {
    const { here, store } = await createScene();
    store.eraseRoom('room');
    expect(await here.rooms.state('room')).toBeUndefined();
    expect(await here.copyOf()).toBeUndefined();
  });
});
