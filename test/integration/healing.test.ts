// What is lost on its way, or believed although it is not so, is found by looking: at the journal, and at the sockets.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRoomLoader } from '../../src/rooms/copies/load-room.ts';
import type { CommitBus } from '../../src/rooms/copies/ports.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

let server: RoomServer;
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(() => server.close());

const participantOf = async (roomId: string, participantId: string) =>
  (await server.rooms.state(roomId))?.participants[participantId];

it('[ST7] whoever was connected to a dead process does not count for the start, however the room was loaded', async () => {
  const roomId = await server.newRoom();
  const seats = [await server.join(roomId, 'a'), await server.join(roomId, 'b'), await server.join(roomId, 'c')];
  const [first, second, third] = seats as [(typeof seats)[0], (typeof seats)[0], (typeof seats)[0]];
  for (const { participantId } of [first, second])
    await server.rooms.handle(roomId, { type: 'connect', by: participantId, bootId: 'a process that died' });
  await server.copies.delete(roomId);
  await server.rooms.state(roomId);
  const client = await server.connect(third);
  expect(client.snapshot().room.phase).toBe('waiting');
  expect((await participantOf(roomId, first.participantId))?.connection).toBeUndefined();
  expect((await participantOf(roomId, second.participantId))?.graceUntil).toBeDefined();
});

it('[RM10] declares a participant lost whom this process is said to hold and does not', async () => {
  const roomId = await server.newRoom();
  const { participantId } = await server.join(roomId, 'a');
  // As after a connection that closed while its commit had an unknown outcome.
  await server.rooms.handle(roomId, { type: 'connect', by: participantId, bootId: server.bootId });
  expect((await participantOf(roomId, participantId))?.connection).toBeDefined();
  await eventually('the ghost is gone', async () => !(await participantOf(roomId, participantId))?.connection);
});

it('[NO8] a connection that the journal has given up, without this process having heard of it, is closed to come again', async () => {
  const { roomId, guest, host } = await server.startedRoom();
  const state = await server.rooms.state(roomId);
  if (!state) throw new Error('the room is gone');
  const { participantId } = guest;
  const lost = { type: 'participant_disconnected', participantId, epoch: 1, graceUntil: Date.now() + 60_000 } as const;
  const commit = { version: state.version + 1, commitId: randomUUID(), at: Date.now(), events: [lost] };
  const rows = { newRecordings: [], stoppedRecordings: [], jobs: [] };
  await server.journal.append({ roomId, commit, summary: { phase: 'running', page: 0 }, ...rows });
  const closed = new Promise((resolve) => guest.socket.once('disconnect', resolve));
  // The copy is rebuilt beyond the commit, which nobody here is told of.
  await server.copies.delete(roomId);
  expect((await server.rooms.state(roomId))?.version).toBe(commit.version);
  expect(await closed).toBe('transport close');
  expect(host.socket.connected).toBe(true);
});

it('[ST24] a copy that is older than what people here were told is caught up, and nobody is sent away for it', async () => {
  const { roomId, host, clients } = await server.startedRoom();
  const old = await server.copies.get(roomId);
  if (!old) throw new Error('the room is not in memory');
  expect((await host.ask('page:turn', { to: 'next', expectedPage: 0 })).ok).toBe(true);
  const left: string[] = [];
  for (const { socket } of clients) socket.once('disconnect', (reason) => left.push(reason));
  // As when the node's own copy had to make room, and Redis has taken no newer one.
  await server.copies.delete(roomId);
  await server.copies.put(old);
  await eventually('it is in step', async () => ((await server.copies.get(roomId))?.version ?? 0) > old.version);
  expect((await host.ask('page:turn', { to: 'next', expectedPage: 1 })).ok).toBe(true);
  for (const client of clients)
    await client.until('room:event', (one: { version: number }) => one.version > old.version + 1);
  expect(left).toEqual([]);
});

it('[CH3] sends what another process committed to those who are connected here, once and in order', async () => {
  const { roomId, host, clients } = await server.startedRoom();
  const state = await server.rooms.state(roomId);
  if (!state) throw new Error('the room is gone');
  const version = state.version + 1;
  const event = { type: 'page_turned', page: 1, turnsAt: Date.now(), by: host.participantId } as const;
  const commit = { version, commitId: randomUUID(), at: Date.now(), events: [event] };
  const summary = { phase: 'running', page: 1 } as const;
  const rows = { newRecordings: [], stoppedRecordings: [], jobs: [] };
  expect(await server.journal.append({ roomId, commit, summary, ...rows })).toBe('committed');

  for (const client of clients) {
    const message = await client.untilEvent('page_turned');
    expect(message).toMatchObject({ version, pages: [{ index: 1 }, { index: 2 }] });
  }
  expect((await host.ask('clock:ping')).version).toBe(version);
  expect((await host.ask('page:turn', { to: 'next', expectedPage: 1 })).ok).toBe(true);
  for (const client of clients) {
    await client.until('room:event', (one: { version: number }) => one.version === version + 1);
    const versions = client.events.map((one) => one.version);
    expect(versions).toEqual(versions.map((_, index) => client.snapshot().version + 1 + index));
  }
});

it('[CH7] brings the pages of missed turns along, and reading back is limited', async () => {
  const { host, guest } = await server.startedRoom();
  const since = guest.snapshot().version;
  await host.ask('page:turn', { to: 'next' });
  await host.ask('page:turn', { to: 'next' });
  const answer = await guest.ask('room:sync', { since });
  const commits = answer.commits as { pages?: { index: number }[] }[];
  expect(commits.flatMap((commit) => commit.pages ?? []).map((page) => page.index)).toEqual([0, 1, 2]);
  const answers = await Promise.all(Array.from({ length: 30 }, () => guest.ask('room:sync', { since })));
  expect(answers.filter((one) => one.error?.code === 'rate_limited').length).toBeGreaterThan(10);
});

it('[CH1] lets nobody into the main namespace', async () => {
  const socket = server.open('/', {});
  const error = await new Promise<Error>((resolve, reject) => {
    socket.once('connect_error', resolve);
    socket.once('connect', () => reject(new Error('it was let in')));
  });
  expect(error.message).toBe('unauthorized');
});

it('[ST12] reads a cold room once for all who come at one instant', async () => {
  const roomId = await server.newRoom();
  let reads = 0;
  const loader = createRoomLoader({
    setAside: { admit: () => {}, failed: (_, error) => error, settled: () => {} },
    copies: server.copies,
    snapshots: { rebuilt: () => {} },
    journal: {
      ...server.journal,
      definition: (id) => {
        reads += 1;
        return server.journal.definition(id);
      },
    },
  });
  const states = await Promise.all(Array.from({ length: 6 }, () => loader.load(roomId)));
  expect(new Set(states).size).toBe(1);
  expect(reads).toBe(1);
});

/** Nothing that a node tells reaches another. */
const deafBus: CommitBus = {
  publish: () => {},
  subscribe: () => () => {},
  isHeard: () => true,
  onReconnect: () => () => {},
};

it('[NO6] who is only in signaling on another node, or watches there, learns of a removal whose news was lost', async () => {
  const database = await createTestDatabase();
  const [one, other] = [
    await startRoomServer({ database, ports: { bus: deafBus } }),
    await startRoomServer({ database, ports: { bus: deafBus } }),
  ];
  try {
    const roomId = await one.newRoom();
    const [host, guest] = [await one.join(roomId, 'a'), await one.join(roomId, 'b')];
    const { socket } = await other.connect(guest, { namespace: '/signaling' });
    const cut = new Promise((resolve) => socket.once('disconnect', resolve));
    let seen: readonly string[] = [];
    const end = other.rooms.watch(roomId, (state) => {
      seen = Object.values(state?.participants ?? {}).map(({ standing }) => standing);
    });
    await one.rooms.handle(roomId, { type: 'remove', by: host.participantId, participantId: guest.participantId });
    expect(await cut).toBe('io server disconnect');
    expect(seen).toContain('removed');
    end();
  } finally {
    await Promise.all([one.close(), other.close()]);
    await database.drop();
  }
});

it('[NO1] connections of dead processes are declared lost although the database was away when they should have been', async () => {
  const roomId = await server.newRoom();
  const { participantId } = await server.join(roomId, 'a');
  await server.rooms.handle(roomId, { type: 'connect', by: participantId, bootId: 'a process that died' });
  server.proxy.refuse(true);
  server.proxy.cut();
  await server.rooms.loseDeadConnections();
  server.proxy.refuse(false);
  await eventually('the ghost is gone', async () => !(await participantOf(roomId, participantId))?.connection);
});

it('[RM10] whose connection was committed although this process never heard so is declared lost', async () => {
  // No grace period that ends meanwhile brings the room to mind.
  const roomId = await server.newRoom({ title: 'Slow', pages: [{ title: 'One' }], settings: { graceMs: 600_000 } });
  const seat = await server.join(roomId, 'a');
  let asked = false;
  server.proxy.onRequest((bytes) => {
    asked ||= bytes.includes('participant_connected');
    return false;
  });
  server.proxy.onAnswer(() => {
    if (!asked) return false;
    server.proxy.refuse(true);
    server.proxy.cut();
    return true;
  });
  const socket = server.open('/session', { token: seat.token });
  await new Promise((resolve) => socket.once('disconnect', resolve));
  server.proxy.onRequest(undefined);
  server.proxy.onAnswer(undefined);
  server.proxy.refuse(false);
  const eventTypes = async () =>
    (await server.journal.commits(roomId, 0)).flatMap(({ events }) => events.map(({ type }) => type));
  await eventually('the database is back', () => eventTypes().catch(() => undefined));
  await eventually('nobody is connected', async () => (await eventTypes()).at(-1) === 'participant_disconnected');
  expect(await eventTypes()).toContain('participant_connected');
});

it('a room that is over, and that everybody has left, is looked after no more', async () => {
  const [over, live] = [await server.startedRoom(), await server.startedRoom()];
  expect((await over.host.ask('debate:end')).ok).toBe(true);
  for (const { socket } of over.clients) socket.disconnect();
  const heads = vi.spyOn(server.journal, 'heads');
  try {
    await eventually('it is not asked for', () =>
      heads.mock.calls.some(([roomIds]) => roomIds.includes(live.roomId) && !roomIds.includes(over.roomId)),
    );
  } finally {
    heads.mockRestore();
  }
});
