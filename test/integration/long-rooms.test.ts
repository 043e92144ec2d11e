// Rooms with long histories: what it takes to load them, and what they still know.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createLocalCopies } from '../../src/infra/memory/local-copies.ts';
import type { StoredCommit } from '../../src/room/commands.ts';
import { fold } from '../../src/room/evolve.ts';
import { STATE_SHAPE } from '../../src/room/state-shape.ts';
import { journalPages } from '../../src/rooms/copies/journal-pages.ts';
import { COMMITS_A_SNAPSHOT } from '../../src/rooms/copies/keep-snapshots.ts';
import { createRoomLoader } from '../../src/rooms/copies/load-room.ts';
import { COMMITS_A_READ } from '../../src/rooms/ports.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

let server: RoomServer;
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(() => server.close());

/** Loads the room as a process does that has never seen it, and tells what it read. */
const loadCold = async (roomId: string) => {
  const reads: number[] = [];
  const rebuilt: number[] = [];
  const loader = createRoomLoader({
    setAside: { admit: () => {}, failed: (_, error) => error, settled: () => {} },
    copies: createLocalCopies(),
    snapshots: { rebuilt: (_, commits) => rebuilt.push(commits) },
    journal: {
      ...server.journal,
      async commits(id, since, limit) {
        const commits = await server.journal.commits(id, since, limit);
        reads.push(commits.length);
        return commits;
      },
    },
  });
  const state = await loader.load(roomId);
  if (!state) throw new Error('the room is gone');
  return { state, reads, rebuilt, read: reads.reduce((sum, count) => sum + count, 0) };
};

const wholeFold = async (roomId: string) => {
  const definition = await server.journal.definition(roomId);
  if (!definition) throw new Error('the room is gone');
  const commits: StoredCommit[] = [];
  for await (const page of journalPages(server.journal, roomId)) commits.push(...page);
  return fold(definition, commits);
};

const snapshotVersion = async (roomId: string) => (await server.journal.snapshot(roomId))?.version;

/** The host turns back and forth until the room is at least at this version. */
const turnUntil = async (
  host: Awaited<ReturnType<RoomServer['startedRoom']>>['host'],
  roomId: string,
  version: number,
) => {
  for (let page = 1; ((await server.rooms.state(roomId))?.version ?? 0) < version; page = 1 - page) {
    // As fast as the room takes them; the limit on messages is for sockets.
    const command = { type: 'turn_page', by: host.participantId, to: page } as const;
    const identity = { participantId: host.participantId, commandId: randomUUID(), digest: 'd' };
    expect((await server.rooms.handle(roomId, command, { identity })).ok).toBe(true);
  }
};

it('[ST20] a long debate is loaded from its snapshot and the few commits since', async () => {
  const { roomId, host } = await server.startedRoom();
  await turnUntil(host, roomId, COMMITS_A_SNAPSHOT * 3 + 7);
  await eventually('the snapshot is kept', async () => (await snapshotVersion(roomId)) === COMMITS_A_SNAPSHOT * 3);
  const { state, read } = await loadCold(roomId);
  expect(read).toBeLessThan(COMMITS_A_SNAPSHOT);
  expect(state).toEqual(await wholeFold(roomId));
});

it.each([
  [
    'of another history',
    (id: string) => server.pool.query(`UPDATE room_snapshots SET commit_id = 'x' WHERE room_id = $1`, [id]),
  ],
  [
    'of another shape',
    (id: string) => server.pool.query('UPDATE room_snapshots SET shape = $2 WHERE room_id = $1', [id, STATE_SHAPE + 1]),
  ],
  [
    'that is damaged',
    (id: string) => server.pool.query(`UPDATE room_snapshots SET state = '{"ver' WHERE room_id = $1`, [id]),
  ],
])('[ST20] a snapshot %s counts for nothing: the journal gives the room', async (_, spoil) => {
  const { roomId, host } = await server.startedRoom();
  await turnUntil(host, roomId, COMMITS_A_SNAPSHOT + 1);
  await eventually('the snapshot is kept', async () => (await snapshotVersion(roomId)) === COMMITS_A_SNAPSHOT);
  await spoil(roomId);
  const { state, read } = await loadCold(roomId);
  expect(read).toBe(state.version);
  expect(state).toEqual(await wholeFold(roomId));
});

it('[ST20] a snapshot that nothing fits behind counts for nothing either', async () => {
  const { roomId, host } = await server.startedRoom();
  await turnUntil(host, roomId, COMMITS_A_SNAPSHOT + 1);
  await eventually('the snapshot is kept', async () => (await snapshotVersion(roomId)) === COMMITS_A_SNAPSHOT);
  await server.pool.query(
    `UPDATE room_snapshots SET state = replace(state, '"phase":"running"', '"phase":"waiting"') WHERE room_id = $1`,
    [roomId],
  );
  expect((await loadCold(roomId)).state).toEqual(await wholeFold(roomId));
});

it('[ST20] a journal without any snapshot is read in pages, and a snapshot is kept of what it gave', async () => {
  const { roomId, guest } = await server.startedRoom();
  const before = await server.rooms.state(roomId);
  if (!before) throw new Error('the room is gone');
  const last = before.version + 4_000;
  const event = { type: 'choice_submitted', participantId: guest.participantId, questionId: 'q1', revision: 1 };
  await server.pool.query(
    `INSERT INTO commits (room_id, version, commit_id, at, events)
     SELECT $1, n, gen_random_uuid(), $2, $3::jsonb FROM generate_series($4::int, $5::int) n`,
    [roomId, Date.now(), JSON.stringify([{ ...event, value: 'x'.repeat(10_000) }]), before.version + 1, last],
  );
  await server.pool.query('UPDATE rooms SET version = $2 WHERE id = $1', [roomId, last]);
  const { state, reads, rebuilt } = await loadCold(roomId);
  expect(state.version).toBe(last);
  expect(Math.max(...reads)).toBe(COMMITS_A_READ);
  expect(rebuilt).toEqual([last]);
  await server.copies.delete(roomId);
  await server.rooms.state(roomId);
  await eventually('the snapshot is kept', async () => (await snapshotVersion(roomId)) === last);
  expect((await loadCold(roomId)).read).toBe(0);
});

it('[ST21] a repeat that the room has long forgotten gets its first answer, also after a restart', async () => {
  const { roomId, host } = await server.startedRoom();
  const first = { to: 1, expectedPage: 0, commandId: 'the first' };
  const answer = await host.ask('page:turn', first);
  expect(answer.ok).toBe(true);
  await turnUntil(host, roomId, 300);
  const { commands, version, page } = (await server.rooms.state(roomId)) ?? {};
  // Bounded, however many there were.
  expect(commands?.flatMap(Object.keys).length).toBeLessThanOrEqual(96);
  const repeats = async () => {
    // By now its expected page is another, so that it would be refused.
    expect(await host.ask('page:turn', first)).toEqual(answer);
    expect((await host.ask('page:turn', { to: 2, commandId: 'the first' })).error?.code).toBe('command_id_conflict');
    // As a command that would be taken again, were it not known.
    const { participantId } = host;
    const known = (await server.journal.commandOf(roomId, participantId, 'the first'))?.digest ?? '';
    const identity = { participantId, commandId: 'the first', digest: known };
    const turn = { type: 'turn_page', by: participantId, to: 2 } as const;
    expect(await server.rooms.handle(roomId, turn, { identity })).toMatchObject({ ok: true, answer: { page: 1 } });
    expect(await server.rooms.state(roomId)).toMatchObject({ version, page });
  };
  await repeats();
  await server.copies.delete(roomId);
  await repeats();
});
