// A command that arrives at the instant of a deadline, before any timer has fired: time comes first.
import { describe, expect, it } from 'vitest';
import { seedRoom } from '../support/servers/database.ts';
import { ELSEWHERE, openRooms } from '../support/servers/open-rooms.ts';

/** Rooms whose clock the test moves; the timers of deadlines run on the real one and are far too late for it. */
const startRooms = async () => {
  let now = 1_800_000_000_000;
  const clock = { now: () => now, monotonic: () => performance.now() };
  const { rooms, pool, journal } = await openRooms({ clock });
  const { roomId } = await seedRoom(pool, { createdAt: now });
  const participants = ['a', 'b', 'c'];
  for (const participantId of participants) {
    await rooms.handle(roomId, { type: 'join', participantId, nickname: participantId, consent: [] });
  }
  for (const by of participants) await rooms.handle(roomId, { type: 'connect', by, bootId: ELSEWHERE });
  const typesOf = async () =>
    (await journal.commits(roomId, 0)).flatMap((commit) => commit.events.map(({ type }) => type));
  const instantsOf = async () => (await journal.commits(roomId, 0)).map(({ at }) => at);
  return { rooms, roomId, typesOf, instantsOf, moveTo: (instant: number) => (now = instant) };
};

describe('a command at the instant of a deadline', () => {
  it('[RM16] [RM23] turns the page in the very millisecond of the start', async () => {
    const { rooms, roomId, typesOf, moveTo } = await startRooms();
    const startsAt = (await rooms.state(roomId))?.startsAt ?? Number.NaN;
    const turn = { type: 'turn_page', by: 'a', to: 'next' } as const;

    moveTo(startsAt - 1);
    expect(await rooms.handle(roomId, turn)).toMatchObject({ ok: false, refusal: { code: 'not_running' } });
    moveTo(startsAt);
    expect(await rooms.handle(roomId, turn)).toMatchObject({
      ok: true,
      state: { phase: 'running', page: 1, startedAt: startsAt },
    });
    expect((await typesOf()).slice(-2)).toEqual(['debate_started', 'page_turned']);
  });

  it('[RM17] does not start a debate whose instant has passed unseen', async () => {
    const { rooms, roomId, typesOf, moveTo } = await startRooms();
    const startsAt = (await rooms.state(roomId))?.startsAt ?? Number.NaN;
    moveTo(startsAt + 501);
    const result = await rooms.handle(roomId, { type: 'turn_page', by: 'a', to: 'next' });
    expect(result).toMatchObject({ ok: false, refusal: { code: 'not_running' } });
    expect((await typesOf()).slice(-2)).toEqual(['countdown_cancelled', 'countdown_started']);
  });
});

it('[NO10] the times of commits do not go back when the next is made by a node whose clock is behind', async () => {
  const { rooms, roomId, instantsOf, moveTo } = await startRooms();
  const before = (await instantsOf()).at(-1) ?? Number.NaN;
  moveTo(before - 40);
  await rooms.handle(roomId, { type: 'disconnect', by: 'a', epoch: 1 });
  expect((await instantsOf()).at(-1)).toBe(before);
  // Not after a clock that was wrong by more than nodes can be: time would stand still for everybody.
  moveTo(before - 3_600_000);
  await rooms.handle(roomId, { type: 'disconnect', by: 'b', epoch: 1 });
  expect((await instantsOf()).at(-1)).toBe(before - 3_600_000);
});
