// Rooms that cannot be read are set aside: told once, tried again by and by, and in nobody's way.
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { seedRoom } from '../support/servers/database.ts';
import { openRooms } from '../support/servers/open-rooms.ts';

const UNKNOWN = '[{"type":"something that no build has ever known"}]';
const FIRST_PAUSE_MS = 5_000;

/** Rooms whose intervals the test lets pass. */
const startRooms = async () => {
  const told: { level: number; roomId?: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void told.push(JSON.parse(line)) });
  let passed = 0;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() + passed };
  const { rooms, pool, journal, metrics } = await openRooms({
    ...{ clock, log },
    nodes: {
      bootId: () => 'this one',
      isDead: (bootId) => bootId === 'a dead one',
      askAfter: () => {},
      allows: async () => true,
    },
  });
  const commit = async (roomId: string, version: number, events: string): Promise<void> => {
    await pool.query('INSERT INTO commits (room_id, version, commit_id, at, events) VALUES ($1, $2, $3, $4, $5)', [
      ...[roomId, version, randomUUID(), Date.now(), events],
    ]);
    await pool.query('UPDATE rooms SET version = $2 WHERE id = $1', [roomId, version]);
  };
  return {
    ...{ rooms, pool, journal, told, commit },
    pass: (ms: number) => {
      passed += ms;
    },
    newRoom: async (expiresAt = Date.now() + 3_600_000) =>
      (await seedRoom(pool, { createdAt: Date.now() - 7_200_000, expiresAt })).roomId,
    join: (roomId: string) => rooms.handle(roomId, { type: 'join', participantId: 'a', nickname: 'a', consent: [] }),
    aside: async () => (await metrics.getSingleMetric('trialogue_rooms_set_aside')?.get())?.values[0]?.value,
  };
};

type Started = Awaited<ReturnType<typeof startRooms>>;

const damageStudy =
  (content: string) =>
  async ({ pool }: Started, roomId: string) => {
    await pool.query(
      'UPDATE study_versions SET content = $2 WHERE study_id = (SELECT study_id FROM rooms WHERE id = $1)',
      [roomId, content],
    );
  };

it('[ST25] more rooms that cannot be read than one look takes keep no other from its deadline, and each is told once', async () => {
  const started = await startRooms();
  const { pool, rooms, told } = started;
  const honest = await started.newRoom(Date.now() - 1_000);
  await pool.query('UPDATE rooms SET next_deadline_at = $2 WHERE id = $1', [honest, Date.now() - 1_000]);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO rooms (id, code, study_id, study_version, created_at, expires_at, version, next_deadline_at)
     SELECT gen_random_uuid(), 'bad' || n, study_id, 1, now(), now(), 1, $2
     FROM rooms, generate_series(1, 205) n WHERE id = $1 RETURNING id`,
    [honest, Date.now() - 3_600_000],
  );
  await pool.query(
    `INSERT INTO commits (room_id, version, commit_id, at, events)
     SELECT id, 1, gen_random_uuid(), 0, $1 FROM rooms WHERE code LIKE 'bad%'`,
    [UNKNOWN],
  );
  rooms.start();
  await eventually('the honest room has expired', async () => (await rooms.state(honest))?.phase === 'expired');
  await eventually('all others are set aside', async () => (await started.aside()) === 205);
  started.pass(FIRST_PAUSE_MS);
  const reads = vi.spyOn(started.journal, 'definition');
  await eventually('all were tried again', () => reads.mock.calls.length >= 205);
  const ids = rows.map(({ id }) => id).sort();
  expect(told.map(({ roomId }) => roomId).sort()).toEqual(ids);
  expect(new Set(told.map(({ level }) => level))).toEqual(new Set([50]));
});

it.each([
  ['an event that nobody knows', (started: Started, roomId: string) => started.commit(roomId, 1, UNKNOWN)],
  ['events that are no list', (started: Started, roomId: string) => started.commit(roomId, 1, '{}')],
  ['an event that cannot follow', ({ commit }: Started, id: string) => commit(id, 1, '[{"type":"debate_started"}]')],
  ['a study without settings', damageStudy('{"title":"A","pages":[{"questions":[]}]}')],
  ['a study that is null', damageStudy('null')],
])(
  '[ST25] a room with %s is unavailable, at once and without a read, and comes back when it is whole',
  async (_, spoil) => {
    const started = await startRooms();
    const { rooms, pool, journal } = started;
    const roomId = await started.newRoom();
    const whole = (await journal.definition(roomId))?.content;
    await spoil(started, roomId);
    await expect(rooms.state(roomId)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await started.aside()).toBe(1);
    const reads = vi.spyOn(pool, 'query');
    await expect(rooms.state(roomId)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(started.join(roomId)).rejects.toMatchObject({ code: 'unavailable' });
    expect(reads).not.toHaveBeenCalled();
    await damageStudy(JSON.stringify(whole))(started, roomId);
    await pool.query('DELETE FROM commits');
    await pool.query('UPDATE rooms SET version = 0');
    await expect(rooms.state(roomId)).rejects.toMatchObject({ code: 'unavailable' });
    started.pass(FIRST_PAUSE_MS);
    expect(await rooms.state(roomId)).toMatchObject({ version: 0 });
    expect(await started.aside()).toBe(0);
    expect((await started.join(roomId)).ok).toBe(true);
  },
);

it.each(['{}', 'null'])('[ST25] nobody is told of a room whose study is %s: it is unavailable', async (content) => {
  const started = await startRooms();
  const roomId = await started.newRoom();
  const code = (await started.journal.definition(roomId))?.code ?? '';
  await damageStudy(content)(started, roomId);
  await expect(started.rooms.entrance(code)).rejects.toMatchObject({ code: 'unavailable' });
});

it('[ST25] a room that can no longer be followed is set aside, copy and all', async () => {
  const started = await startRooms();
  const { rooms, pool } = started;
  const roomId = await started.newRoom();
  await started.join(roomId);
  await started.commit(roomId, 2, UNKNOWN);
  const leave = { type: 'disconnect', by: 'a', epoch: 1 } as const;
  await rooms.handle(roomId, leave);
  await expect(rooms.handle(roomId, { type: 'connect', by: 'a', bootId: 'this one' })).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(rooms.state(roomId)).rejects.toMatchObject({ code: 'unavailable' });
  await pool.query('DELETE FROM commits WHERE version = 2');
  await pool.query('UPDATE rooms SET version = 1');
  started.pass(FIRST_PAUSE_MS);
  expect(await rooms.state(roomId)).toMatchObject({ version: 1 });
});

it('[ST25] without being asked for: what is whole again is woken, what was erased elsewhere is no longer counted', async () => {
  const started = await startRooms();
  const { rooms, pool } = started;
  const [healed, erased] = [await started.newRoom(), await started.newRoom()];
  await started.join(healed);
  await rooms.handle(healed, { type: 'connect', by: 'a', bootId: 'a dead one' });
  await started.commit(healed, 3, UNKNOWN);
  await started.commit(erased, 1, UNKNOWN);
  for (const roomId of [healed, erased]) await expect(started.join(roomId)).rejects.toThrow();
  expect(await started.aside()).toBe(2);
  rooms.start();
  await pool.query('DELETE FROM rooms WHERE id = $1', [erased]);
  await eventually('the erased one is gone', async () => (await started.aside()) === 1);
  await pool.query('DELETE FROM commits WHERE version = 3');
  await pool.query('UPDATE rooms SET version = 2');
  started.pass(FIRST_PAUSE_MS);
  await eventually('the dead connection is lost', async () => {
    const { rows } = await pool.query(
      'SELECT 1 FROM commits WHERE events @> \'[{"type":"participant_disconnected"}]\'',
    );
    return rows.length === 1;
  });
  expect(await started.aside()).toBe(0);
});

it('[ST7] of the rooms that are woken at the start, only those that failed are tried again', async () => {
  const { rooms, journal, newRoom, commit } = await startRooms();
  const [one, other] = [await newRoom(), await newRoom()];
  for (const roomId of [one, other]) await commit(roomId, 1, '[]');
  const live = vi.spyOn(journal, 'openRooms');
  const read = vi.spyOn(journal, 'definition');
  read.mockRejectedValueOnce(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  rooms.start();
  await eventually('all have been read', () => read.mock.calls.length === 3);
  const [failed] = read.mock.calls[0] ?? [];
  expect(read.mock.calls.flat().sort()).toEqual([one, other, String(failed)].sort());
  expect(live).toHaveBeenCalledTimes(1);
});
