// Commands that meet another commit, a database that does not answer, or what is overdue: the rooms of two nodes on one journal
// in memory, on virtual time.
import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../test/support/room/memory-bus.ts';
import { createMemoryNode, storeWith } from '../../test/support/room/memory-node.ts';
import { countdown, type Moment, on, running, seated } from '../../test/support/room/room-scenario.ts';
import { createVirtualTime } from '../../test/support/room/virtual-time.ts';
import { AppError } from '../protocol/app-error.ts';
import type { Journal } from './ports.ts';
import { createLoneNode, type Nodes } from './presence/nodes.ts';

/** The people of these histories are connected to it. */
const BOOT: Nodes = createLoneNode('boot', async () => true);
const turn = (to: number | 'next', expectedPage?: number) =>
  ({ type: 'turn_page', by: 'p0', to, ...(expectedPage !== undefined && { expectedPage }) }) as const;
const identity = { participantId: 'p0', commandId: 'c1', digest: 'd' };

const createScene = async (
  history: readonly Moment[],
  { at = 10_000, nodes = BOOT, isBeside = false }: { at?: number; nodes?: Nodes; isBeside?: boolean } = {},
) => {
  const time = createVirtualTime();
  const store = storeWith(history);
  await time.settleUntil(at);
  /** Called before each commit of the first node; may throw. */
  const trouble = { beforeAppend: async () => {}, afterAppend: async () => {} };
  const journal: Journal = {
    ...store.journal(),
    async append(entry) {
      await trouble.beforeAppend();
      const outcome = await store.journal().append(entry);
      await trouble.afterAppend();
      return outcome;
    },
  };
  // Nothing is carried: each learns of the other's commits by what it asks of the journal.
  const bus = createMemoryBus(() => {});
  const [here, there] = [journal, store.journal()].map((each) =>
    createMemoryNode({ ...{ store, time, nodes }, journal: each, bus: isBeside ? bus.node() : undefined }),
  );
  if (!here || !there) throw new Error('two nodes');
  const length = store.commitsOf('room').length;
  return {
    ...{ time, store, trouble, here: here.rooms, there: there.rooms },
    /** The events of each commit since the beginning, by type. */
    news: () =>
      store
        .commitsOf('room')
        .slice(length)
        .map(({ events }) => events.map(({ type }) => type)),
  };
};
/** Does something before the next commit alone. */
const once = (trouble: { beforeAppend: () => Promise<void> }, run: () => Promise<unknown>): void => {
  trouble.beforeAppend = async () => {
    trouble.beforeAppend = async () => {};
    await run();
  };
};
const away = () => Promise.reject(new AppError('unavailable', 'The database is away.'));

describe('a race that is lost', () => {
  it('[ST9] is decided again on what the other node has committed', async () => {
    const { here, there, trouble, store } = await createScene(running);
    once(trouble, () => there.handle('room', turn(2)));
    expect(await here.handle('room', turn('next'))).toMatchObject({ ok: true, answer: { page: 3 } });
    expect(
      store
        .commitsOf('room')
        .slice(-2)
        .map(({ events }) => events),
    ).toMatchObject([[{ page: 2 }], [{ page: 3 }]]);
  });

  it('[ST9] is refused when the command does not fit any more', async () => {
    const { here, there, trouble, news } = await createScene(running);
    once(trouble, () => there.handle('room', turn(2)));
    expect(await here.handle('room', turn(1, 0))).toEqual({
      ok: false,
      refusal: { code: 'page_changed', details: { page: 2 } },
    });
    expect(news()).toEqual([['page_turned']]);
  });

  it('against the same command at another node gives the answer of that one', async () => {
    const { here, there, trouble, news } = await createScene(running);
    let theirs: unknown;
    once(trouble, async () => {
      theirs = await there.handle('room', turn(2), { identity });
    });
    const ours = await here.handle('room', turn(2), { identity });
    expect(ours).toMatchObject({ ok: true });
    expect(ours).toMatchObject({ answer: (theirs as { answer: object }).answer });
    expect(news()).toEqual([['page_turned']]);
  });

  it('again and again ends as busy, with nothing of the command stored', async () => {
    const { here, there, trouble, news } = await createScene(running);
    let page = 0;
    trouble.beforeAppend = async () => {
      page = (page + 1) % 3;
      await there.handle('room', turn(page));
    };
    expect(await here.handle('room', turn(3))).toEqual({ ok: false, refusal: { code: 'busy' } });
    expect(news()).toHaveLength(10);
  });

  it('[ST9] against who erased the room finds no room', async () => {
    const { here, trouble, store } = await createScene(running);
    once(trouble, async () => store.eraseRoom('room'));
    expect(await here.handle('room', turn(1))).toEqual({ ok: false, refusal: { code: 'room_not_found' } });
    expect(await here.copyOf('room')).toBeUndefined();
  });
});

describe('an outcome that nobody knows', () => {
  it('[ST10] made after all: its repeat gets the answer of the first, and it is in the journal once', async () => {
    const { here, trouble, news } = await createScene(running);
    trouble.afterAppend = away;
    await expect(here.handle('room', turn(1), { identity })).rejects.toMatchObject({ code: 'unavailable' });
    trouble.afterAppend = async () => {};
    expect(await here.handle('room', turn(1), { identity })).toMatchObject({ ok: true, answer: { page: 1 } });
    expect(news()).toEqual([['page_turned']]);
  });

  it('[ST10] not made: its repeat is made', async () => {
    const { here, trouble, news } = await createScene(running);
    trouble.beforeAppend = away;
    await expect(here.handle('room', turn(1), { identity })).rejects.toMatchObject({ code: 'unavailable' });
    trouble.beforeAppend = async () => {};
    expect(await here.handle('room', turn(1), { identity })).toMatchObject({ ok: true, answer: { page: 1 } });
    expect(news()).toEqual([['page_turned']]);
  });
});

describe('what comes before what is asked', () => {
  it('a deadline that has passed: the debate starts before the page is turned', async () => {
    const { here, news } = await createScene(countdown, { at: 5_010 });
    expect(await here.handle('room', turn(1))).toMatchObject({ ok: true });
    expect(news()).toEqual([['debate_started'], ['page_turned']]);
  });

  it('connections of a process that is dead are lost first, each once', async () => {
    const { here, news } = await createScene(running, { nodes: createLoneNode('after', async () => true) });
    expect(await here.handle('room', { type: 'connect', by: 'p1', bootId: 'after' })).toMatchObject({ ok: true });
    expect(news()).toEqual([Array(3).fill('participant_disconnected'), ['participant_connected']]);
  });

  it('what is overdue and changes nothing keeps nobody waiting', async () => {
    const { here, news } = await createScene(seated, { at: 2_000 });
    expect(await here.handle('room', { type: 'reach_deadline' })).toMatchObject({ ok: true });
    expect(news()).toEqual([]);
  });
});

describe('the instant of a commit', () => {
  it.each([
    ['of a clock that is a little behind is that of the commit before', 10_400, 10_400],
    ['is that of the clock when the commit before lies far ahead', 12_000, 10_000],
  ])('[NO10] %s', async (_, committedAt, at) => {
    const { here, store } = await createScene([
      ...running,
      on(committedAt, { type: 'participant_unmuted', participantId: 'p1' }),
    ]);
    await here.handle('room', turn(1));
    expect(store.commitsOf('room').at(-1)?.at).toBe(at);
  });
});

describe('what is not committed', () => {
  it('[NO13] events that a living node of the version before could not read', async () => {
    const { here, news } = await createScene(running, { nodes: { ...BOOT, allows: async () => false } });
    expect(await here.handle('room', turn(1))).toEqual({ ok: false, refusal: { code: 'upgrading' } });
    expect(news()).toEqual([]);
  });

  it('what nobody wants any more, also when that shows only after a lost race', async () => {
    const { here, there, trouble, news } = await createScene(running);
    let isWanted = true;
    once(trouble, async () => {
      await there.handle('room', turn(2));
      isWanted = false;
    });
    const asking = { isWanted: () => isWanted };
    expect(await here.handle('room', turn(1), asking)).toEqual({ ok: false, refusal: { code: 'unavailable' } });
    expect(news()).toEqual([['page_turned']]);
  });

  it('[NO5] what is refused by a copy that is stale: it is decided anew on what the journal has', async () => {
    const { here, there, news } = await createScene(running, { isBeside: true });
    await here.state('room');
    await there.handle('room', turn(1));
    expect(await here.handle('room', turn(2, 1))).toMatchObject({ ok: true, answer: { page: 2 } });
    expect(news()).toEqual([['page_turned'], ['page_turned']]);
  });
});
