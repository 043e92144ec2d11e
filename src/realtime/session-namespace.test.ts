// The namespace /session with the real rooms behind it, over sockets in memory: who is let in and what each is sent, whose
// connection counts, what is refused.
import { describe, expect, it } from 'vitest';
import { createMemoryNode, storeWith } from '../../test/support/room/memory-node.ts';
import type { MemoryClient } from '../../test/support/room/memory-sockets.ts';
import { type Moment, on, running, seated } from '../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../test/support/room/virtual-time.ts';
import type { RoomEventMessage, RoomSnapshot } from '../protocol/room-view.ts';
import { createLoneNode } from '../rooms/presence/nodes.ts';
import { TOO_LARGE } from './bounded-decoder.ts';

const createScene = async (history: readonly Moment[] = seated, bootId = 'here') => {
  const time = createVirtualTime();
  const store = storeWith(history);
  await time.settleUntil(3_000);
  const node = createMemoryNode({ store, time, nodes: createLoneNode(bootId, async () => true) });
  const pass = (ms: number) => time.settleUntil(time.now() + ms);
  const connect = async (token: string): Promise<MemoryClient> => {
    const client = node.sockets.connect('/session', { auth: { token } });
    await pass(1);
    return client;
  };
  return {
    ...{ time, store, node, pass, connect },
    connectAll: () =>
      Promise.all(['p0', 'p1', 'p2'].map(connect)) as Promise<[MemoryClient, MemoryClient, MemoryClient]>,
    /** The debate runs, with three connected people. */
    async start() {
      const clients = [await connect('p0'), await connect('p1'), await connect('p2')] as const;
      await pass(4_000);
      return clients;
    },
    last: () =>
      store
        .commitsOf('room')
        .at(-1)
        ?.events.map(({ type }) => type),
    length: () => store.commitsOf('room').length,
  };
};

const versionsOf = (client: MemoryClient): number[] => [
  ...client.bodiesOf<RoomSnapshot>('room:snapshot').map(({ version }) => version),
  ...client.bodiesOf<RoomEventMessage>('room:event').map(({ version }) => version),
];
const codeOf = async (asked: Promise<{ readonly error?: { readonly code: string } }>) => (await asked).error?.code;

describe('who is let in', () => {
  it('[CH1] a stranger and who was removed are told so before they are in', async () => {
    const { connect } = await createScene([
      ...running,
      on(6_000, { type: 'participant_removed', participantId: 'p2', by: 'p0' }),
    ]);
    for (const [token, refusal] of [
      ['nobody', 'unauthorized'],
      ['p2', 'removed'],
    ] as const) {
      const client = await connect(token);
      expect([client.refusal, client.received]).toEqual([refusal, []]);
    }
  });

  it('[CH2] [CH3] everybody gets the room as it is, then every commit once and in order', async () => {
    const { start, length } = await createScene();
    const clients = await start();
    const [snapshotAt] = versionsOf(clients[0]);
    expect(snapshotAt).toBe(4);
    for (const client of clients) {
      const versions = versionsOf(client);
      expect(versions.at(-1)).toBe(length());
      expect(versions).toEqual(versions.map((_, index) => (versions[0] ?? 0) + index));
    }
  });

  it('[CH11] while the database is away a connection is closed, to come again', async () => {
    const { store, time } = await createScene();
    const node = createMemoryNode({
      ...{ store, time },
      journal: { ...store.journal(), append: () => Promise.reject(new Error('the database is away')) },
    });
    const client = node.sockets.connect('/session', { auth: { token: 'p0' } });
    await time.settleUntil(time.now() + 1);
    expect([client.state, client.refusal, client.transport.readyState]).toEqual(['closed', undefined, 'closed']);
  });
});

describe('whose connection counts', () => {
  it('[CH5] the newest: the older one is told and closed, and its end is nobody else’s', async () => {
    const { start, connect, last, pass } = await createScene();
    const [former] = await start();
    const current = await connect('p0');
    expect(former.bodiesOf('connection:replaced')).toHaveLength(1);
    expect([former.state, current.state]).toEqual(['closed', 'connected']);
    expect(last()).toEqual(['participant_connected']);
    former.transport.close();
    await pass(1);
    expect(last()).toEqual(['participant_connected']);
  });

  it('a goodbye that comes when the next connection is there takes nobody out', async () => {
    const { start, connect, last, pass, node } = await createScene();
    const [former] = await start();
    const late: (() => void)[] = [];
    const away = node.sockets.connect('/session', {
      auth: { token: 'p1' },
      link: { toServer: (run) => run(), toClient: (run) => run(), closed: (_, run) => void late.push(run) },
    });
    await pass(1);
    away.vanish();
    await connect('p1');
    for (const arrive of late) arrive();
    await pass(1);
    expect(last()).toEqual(['participant_connected']);
    expect(former.bodiesOf<RoomEventMessage>('room:event').at(-1)?.events[0]).toMatchObject({ epoch: 3 });
  });

  it('who is gone is declared lost at once, and told to the others', async () => {
    const { start, pass, last } = await createScene();
    const [host, guest] = await start();
    guest.vanish();
    await pass(1);
    expect(last()).toEqual(['participant_disconnected']);
    expect(host.bodiesOf<RoomEventMessage>('room:event').at(-1)?.events[0]).toMatchObject({ participantId: 'p1' });
  });

  it('[NO8] one that the room has declared lost is closed, and comes again', async () => {
    const { start, node, pass } = await createScene();
    const [, guest] = await start();
    await node.rooms.handle('room', { type: 'disconnect', by: 'p1', epoch: 1 });
    await pass(1);
    expect([guest.state, guest.transport.readyState]).toEqual(['closed', 'closed']);
  });

  it('one that nobody waits for any more is not committed: it would replace who connected elsewhere', async () => {
    const { node, pass, time, store, length } = await createScene();
    let isSlow = true;
    const slow = createMemoryNode({
      ...{ store, time },
      voice: {
        ...node.voice,
        filled: () => new Promise((resolve) => time.after(isSlow ? 5_000 : 0, resolve)),
      },
    });
    const client = slow.sockets.connect('/session', { auth: { token: 'p0' } });
    await pass(5_001);
    isSlow = false;
    expect(client.state).toBe('closed');
    expect(length()).toBe(seated.length);
  });

  it('whoever is removed is cut for good', async () => {
    const { start, pass, connect } = await createScene();
    const [host, guest] = await start();
    expect(await host.ask('participant:remove', { participantId: 'p1' })).toEqual({ ok: true });
    await pass(1);
    expect(guest.state).toBe('closed');
    expect((await connect('p1')).refusal).toBe('removed');
  });

  it('[ST24] commits that are gone from the journal close the transports; who comes again sees what is left', async () => {
    const { start, store, node, pass, connect, length } = await createScene();
    node.rooms.start();
    const [host, guest] = await start();
    await host.ask('page:turn', { to: 2 });
    store.cutBack('room', length() - 1);
    await pass(1_000);
    expect([host, guest].map(({ transport }) => transport.readyState)).toEqual(['closed', 'closed']);
    const back = await connect('p0');
    expect(back.bodiesOf<RoomSnapshot>('room:snapshot')[0]?.room.page).toBe(0);
  });
});

describe('what is asked', () => {
  it('[CH4] a command is answered when it is durable', async () => {
    const { start, last } = await createScene();
    const [host, guest] = await start();
    expect(await host.ask('page:turn', { to: 'next', expectedPage: 0 })).toMatchObject({ ok: true, page: 1 });
    expect(last()).toEqual(['page_turned']);
    expect(guest.bodiesOf<RoomEventMessage>('room:event').at(-1)?.events[0]).toMatchObject({ page: 1 });
    expect(await codeOf(guest.ask('page:turn', { to: 'next' }))).toBe('not_host');
  });

  it('[CH6] what is malformed, unknown or too large is refused, and the connection stays', async () => {
    const { start } = await createScene();
    const [host] = await start();
    const wrong: [string, unknown][] = [
      ['page:turn', { to: 'somewhere' }],
      ['page:turn', null],
      ['page:tear', {}],
      ['toString', {}],
      ['room:sync', { since: -1 }],
      ['', TOO_LARGE],
    ];
    for (const [name, body] of wrong) expect(await codeOf(host.ask(name, body))).toBe('invalid_message');
    expect(await codeOf(host.ask('choice:submit', { questionId: 'stance', value: { a: 1 } }))).toBe('invalid_choice');
    expect(host.state).toBe('connected');
  });

  it('[CH10] who sends too fast is refused, then closed; nobody else notices', async () => {
    const { start, pass } = await createScene();
    const [host, guest] = await start();
    const codes = await Promise.all(Array.from({ length: 200 }, () => codeOf(host.ask('clock:ping'))));
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(80);
    expect((await guest.ask('clock:ping')).ok).toBe(true);
    for (let count = 0; count < 1_000; count += 1) host.emit('clock:ping');
    await pass(1);
    expect([host.state, guest.state]).toEqual(['closed', 'connected']);
  });

  it('[CH8] who was muted unmutes by switching the microphone on, and not by a report that was on its way', async () => {
    const { start, last } = await createScene();
    const [host, guest] = await start();
    const report = (micOn: boolean) => guest.ask('voice:status', { micOn, speaking: micOn });
    await report(true);
    await host.ask('participant:mute', { participantId: 'p1' });
    await report(true);
    expect(last()).toEqual(['participant_muted']);
    expect(host.bodiesOf('voice:status').at(-1)).toMatchObject({ participantId: 'p1', micOn: false, speaking: false });
    await report(false);
    await report(true);
    expect(last()).toEqual(['participant_unmuted']);
    expect(host.bodiesOf('voice:status').at(-1)).toMatchObject({ participantId: 'p1', micOn: true, speaking: true });
  });

  it('[CH7] who missed commits gets them, or the room when they are more than 200', async () => {
    const { start, length, pass } = await createScene();
    const [host, guest] = await start();
    const begin = length();
    for (let count = 1; count <= 201; count += 1) {
      await host.ask('page:turn', { to: count % 4 });
      await pass(100);
    }
    const missed = await guest.ask('room:sync', { since: begin + 1 });
    expect((missed.commits as RoomEventMessage[]).map(({ version }) => version)).toEqual(
      Array.from({ length: 200 }, (_, index) => begin + 2 + index),
    );
    expect(await guest.ask('room:sync', { since: begin })).toMatchObject({ snapshot: { version: begin + 201 } });
    expect(await guest.ask('room:sync', { since: begin + 201 })).toEqual({ ok: true, commits: [] });
  });

  it('measurements are kept with whose they are', async () => {
    const { start, node } = await createScene();
    const [, guest] = await start();
    expect((await guest.ask('page:shown', { page: 0, shownAt: 5 })).ok).toBe(true);
    expect(node.telemetry).toMatchObject([{ roomId: 'room', participantId: 'p1', kind: 'page_shown' }]);
    expect(await codeOf(guest.ask('link:report', { participantId: 'nobody', state: 'up' }))).toBe(
      'participant_not_found',
    );
  });
});
