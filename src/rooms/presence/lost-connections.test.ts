// Who stands in the journal as connected here and is not: an outcome that nobody knew, a socket that closed in between.
import { describe, expect, it } from 'vitest';
import { createMemoryNode, storeWith } from '../../../test/support/room/memory-node.ts';
import { type Moment, running, seated } from '../../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { AppError } from '../../protocol/app-error.ts';
import { createLoneNode } from './nodes.ts';

const createScene = async (history: readonly Moment[]) => {
  const time = createVirtualTime();
  const store = storeWith(history);
  await time.settleUntil(10_000);
  const trouble = { isSilent: false };
  const node = createMemoryNode({
    ...{ store, time, nodes: createLoneNode('boot', async () => true) },
    journal: {
      ...store.journal(),
      async append(entry) {
        const outcome = await store.journal().append(entry);
        if (trouble.isSilent) throw new AppError('unavailable', 'The database does not answer.');
        return outcome;
      },
    },
  });
  node.rooms.start();
  return {
    ...{ node, trouble, pass: (ms: number) => time.settleUntil(time.now() + ms) },
    lost: () =>
      store
        .commitsOf('room')
        .slice(history.length)
        .flatMap(({ events }) => events)
        .flatMap((event) => (event.type === 'participant_disconnected' ? event.participantId : [])),
    connect: () => node.sockets.connect('/session', { auth: { token: 'p0' } }),
  };
};

describe('people whom the journal believes connected here', () => {
  it('are declared lost within a second when nobody is, those alone', async () => {
    const { connect, node, lost, pass } = await createScene(seated);
    connect();
    await pass(10);
    await node.rooms.handle('room', { type: 'connect', by: 'p1', bootId: 'boot' });
    await pass(1_000);
    expect(lost()).toEqual(['p1']);
    await pass(3_000);
    expect(lost()).toEqual(['p1']);
  });

  it('[ST10] are found also when the commit by which they came was made and nobody knew of it', async () => {
    const { connect, trouble, lost, pass } = await createScene(seated);
    trouble.isSilent = true;
    const client = connect();
    await pass(10);
    expect(client.transport.readyState).toBe('closed');
    trouble.isSilent = false;
    await pass(1_000);
    expect(lost()).toEqual(['p0']);
  });

  it('stay as they are while their goodbye cannot be committed, and are lost when it can', async () => {
    const { connect, trouble, lost, pass, node } = await createScene(seated);
    const client = connect();
    await pass(10);
    expect((await node.copyOf())?.participants.p0?.connection).toBeDefined();
    trouble.isSilent = true;
    client.vanish();
    await pass(10);
    trouble.isSilent = false;
    await pass(2_000);
    expect(lost()).toEqual(['p0']);
  });

  it('are left alone once the debate is over: presence stands still', async () => {
    const { node, lost, pass } = await createScene(running);
    await node.rooms.handle('room', { type: 'end', by: 'p0' });
    await pass(5_000);
    expect(lost()).toEqual([]);
  });
});
