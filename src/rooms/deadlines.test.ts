// When rooms are woken, on virtual time: by their own timer, by the scan, and not at all when they are set aside or gone.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { commitsOf, countdown, given, type Moment, running } from '../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../test/support/room/virtual-time.ts';
import type { StoredCommit } from '../room/commands.ts';
import type { RoomState } from '../room/state.ts';
import { createRoomFeed } from './copies/room-feed.ts';
import { createDeadlines } from './deadlines.ts';

const createScene = (options: { due?: () => Promise<string[]>; aside?: string[]; fails?: boolean } = {}) => {
  const time = createVirtualTime();
  const feed = createRoomFeed();
  const { aside = [] } = options;
  const scene = { state: given(...countdown).state, woken: [] as string[], excepted: [] as string[], lateMs: 0 };
  const deadlines = createDeadlines({
    clock: { now: () => time.now() - scene.lateMs },
    timers: time,
    journal: {
      async dueRooms(_, __, except) {
        scene.excepted = [...except];
        return (await options.due?.()) ?? [];
      },
    },
    feed,
    log: pino({ level: 'silent' }),
    setAside: { all: () => aside, has: (roomId) => aside.includes(roomId) },
    async handle(roomId) {
      scene.woken.push(`${roomId} ${Math.round(time.now())}`);
      if (options.fails) throw new Error('the database is away');
      return { ok: true, answer: {}, state: scene.state };
    },
  });
  const committed = (state: RoomState): void =>
    feed.committed({ before: state, after: state, commit: commitsOf(countdown).at(-1) as StoredCommit });
  return { time, feed, deadlines, scene, committed, stateOf: (...history: Moment[]) => given(...history).state };
};

it('a room is woken at its deadline by the timer that its last commit armed', async () => {
  const { time, scene, committed, stateOf } = createScene();
  committed(scene.state);
  scene.state = stateOf(...running);
  await time.settleUntil(20_000);
  expect(scene.woken).toEqual(['room 5000']);
});

it('a commit without a deadline, a history that is gone and the end of a room disarm it', async () => {
  for (const undo of ['committed', 'takenBack', 'erased'] as const) {
    const { time, feed, scene, committed, stateOf } = createScene();
    committed(scene.state);
    if (undo === 'committed') committed(stateOf(...running));
    else await feed[undo]('room');
    await time.settleUntil(20_000);
    expect(scene.woken).toEqual([]);
  }
});

it('a timer that fires early looks again, until the deadline is there', async () => {
  const { time, scene, committed, stateOf } = createScene();
  committed(scene.state);
  // The room clock stood still for a moment.
  scene.lateMs = 30;
  await time.settleUntil(5_010);
  expect(scene.woken).toEqual(['room 5000']);
  scene.state = stateOf(...running);
  await time.settleUntil(20_000);
  expect(scene.woken).toEqual(['room 5000', 'room 5030']);
});

it('what is due later than in a minute gets no timer: the scan finds it', async () => {
  const { time, scene, committed } = createScene();
  const { definition } = scene.state;
  const far = { ...definition, expiresAt: 70_000 };
  committed({ ...given().state, definition: far });
  await time.settleUntil(80_000);
  expect(scene.woken).toEqual([]);
});

it('the scan wakes what is due each second, without rooms that are set aside, and goes on after a failure', async () => {
  let scans = 0;
  const due = async () => {
    scans += 1;
    if (scans === 2) throw new Error('the database is away');
    return scans === 4 ? [] : ['a', 'b'];
  };
  const { time, scene, deadlines } = createScene({ due, aside: ['x'], fails: true });
  deadlines.start();
  await time.settleUntil(5_500);
  expect(scene.woken).toEqual(['a 2000', 'b 2000', 'a 4000', 'b 4000']);
  expect(scene.excepted).toEqual(['x']);
});

it('stopped, it wakes nothing more and arms nothing', async () => {
  const { time, scene, committed, deadlines } = createScene({ due: async () => ['a'] });
  deadlines.start();
  committed(scene.state);
  deadlines.stop();
  committed(scene.state);
  await time.settleUntil(20_000);
  expect(scene.woken).toEqual([]);
});
