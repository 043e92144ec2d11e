// Batches against a writer in memory whose answers the test gives: what becomes of each commit when some of them are lost races,
// bad, locked, slow, or of unknown outcome. The statement behind it has the journal's contract on a real PostgreSQL.
import { describe, expect, it } from 'vitest';
import type { NewCommit } from '../../rooms/ports.ts';
import { createGroupCommit, type Written } from './group-commit.ts';

const ALL_WON: Written = { lost: new Set(), held: new Set() };
const failure = (code: string) => Object.assign(new Error(code), { code });
const AWAY = 'ECONNRESET';
const BAD = '22P05';
const TOO_SLOW = '57014';
const NO_LOCK = '55P03';

let ids = 0;
const commitOf = (roomId: string): NewCommit => ({
  roomId,
  commit: { version: 1, commitId: `commit${++ids}`, at: 0, events: [] },
  summary: { phase: 'waiting', page: 0 },
  newRecordings: [],
  stoppedRecordings: [],
  jobs: [],
});

type Write = (rooms: readonly string[], batch: readonly NewCommit[]) => Written | Promise<Written>;

/** `write` is asked what becomes of each batch; what it does not throw for or hold back is stored. */
const createScene = (write: Write = () => ALL_WON) => {
  const scene = { now: 0, write, batches: [] as string[][], limits: [] as number[], stored: new Set<string>() };
  const group = createGroupCommit(
    {
      async write(batch, withinMs) {
        const rooms = batch.map(({ roomId }) => roomId);
        scene.batches.push(rooms);
        scene.limits.push(withinMs);
        const written = await scene.write(rooms, batch);
        for (const { roomId, commit } of batch)
          if (!written.lost.has(roomId) && !written.held.has(roomId)) scene.stored.add(commit.commitId);
        return written;
      },
      present: async (commitIds) => new Set(commitIds.filter((id) => scene.stored.has(id))),
    },
    { gatherMs: 0, monotonic: () => scene.now },
  );
  const append = (roomId: string): Promise<string> =>
    group.append(commitOf(roomId)).catch((error: { code?: string }) => error.code ?? 'unknown');
  return { scene, group, append, appendAll: (...rooms: string[]) => Promise.all(rooms.map(append)) };
};

/** The first batch waits until the returned function is called. */
const holdFirst = (scene: { write: Write }) => {
  const write = scene.write;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  scene.write = async (...asked) => {
    scene.write = write;
    await held;
    return write(...asked);
  };
  return release;
};

describe('group commit', () => {
  it('[ST8] what comes together goes together, and what comes meanwhile is the next batch', async () => {
    const { scene, append, appendAll } = createScene();
    const release = holdFirst(scene);
    const first = appendAll('a', 'b');
    await new Promise((resolve) => setImmediate(resolve));
    const next = [append('c'), append('d')];
    release();
    expect([...(await first), ...(await Promise.all(next))]).toEqual(Array(4).fill('committed'));
    expect(scene.batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('commits of one room go one after another, in their order', async () => {
    const { scene, appendAll } = createScene();
    await appendAll('a', 'a', 'b', 'a', 'b');
    expect(scene.batches).toEqual([['a', 'b'], ['a', 'b'], ['a']]);
  });

  it('no batch has more than 256 commits', async () => {
    const { scene, appendAll } = createScene();
    await appendAll(...Array.from({ length: 600 }, (_, index) => `room${index}`));
    expect(scene.batches.map((batch) => batch.length)).toEqual([256, 256, 88]);
  });

  it('[ST9] who has lost the race is in conflict, all others are committed', async () => {
    const { appendAll } = createScene(() => ({ lost: new Set(['b']), held: new Set() }));
    expect(await appendAll('a', 'b', 'c')).toEqual(['committed', 'conflict', 'committed']);
  });

  it('[ST8] bad commits fail alone, found by halving', async () => {
    const { scene, appendAll } = createScene((rooms) => {
      if (rooms.includes('bad')) throw failure(BAD);
      return ALL_WON;
    });
    const rooms = Array.from({ length: 64 }, (_, index) => (index === 37 ? 'bad' : `room${index}`));
    const outcomes = await appendAll(...rooms);
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(63);
    expect(outcomes[37]).toBe('internal');
    expect(scene.batches).toHaveLength(1 + 2 * 6);
  });

  it('drains when everything has its outcome', async () => {
    const { scene, group, appendAll } = createScene();
    const release = holdFirst(scene);
    let drained = false;
    const outcomes = appendAll('a', 'a', 'b');
    const draining = group.drain().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    release();
    await draining;
    expect(await outcomes).toEqual(Array(3).fill('committed'));
  });
});

describe('an outcome that is not known', () => {
  it('[ST10] what the database has is committed and not written again, the rest is', async () => {
    const { scene, appendAll } = createScene();
    scene.write = (_, batch) => {
      scene.write = () => ALL_WON;
      const [first] = batch;
      if (first) scene.stored.add(first.commit.commitId);
      throw failure(AWAY);
    };
    expect(await appendAll('a', 'b')).toEqual(['committed', 'committed']);
    expect(scene.batches).toEqual([['a', 'b'], ['b']]);
  });

  it('[ST10] a race that was lost against oneself is no conflict', async () => {
    const { scene, append } = createScene();
    scene.write = () => {
      // Carried out after the look for it, and before it is sent again.
      scene.write = (_, batch) => {
        for (const { commit } of batch) scene.stored.add(commit.commitId);
        return { lost: new Set(['a']), held: new Set() };
      };
      throw failure(AWAY);
    };
    expect(await append('a')).toBe('committed');
  });

  it('[ST10] a race that was lost against somebody else stays a conflict, however often it was sent', async () => {
    const { scene, append } = createScene();
    scene.write = () => {
      scene.write = () => ({ lost: new Set(['a']), held: new Set() });
      throw failure(AWAY);
    };
    expect(await append('a')).toBe('conflict');
  });

  it('[ST10] after two seconds without a database everybody is told, and the next commit goes through', async () => {
    const { scene, append, appendAll } = createScene(() => {
      scene.now += 1_100;
      throw failure(AWAY);
    });
    expect(await appendAll('a', 'b')).toEqual(['unavailable', 'unavailable']);
    expect(scene.batches).toHaveLength(3);
    scene.write = () => ALL_WON;
    expect(await append('a')).toBe('committed');
  });
});

describe('rows that somebody else holds', () => {
  it("[ST23] the room's commits wait in their order, all other rooms go on", async () => {
    const { scene, append } = createScene((rooms) => ({ lost: new Set(), held: new Set(isFree ? [] : held(rooms)) }));
    let isFree = false;
    const held = (rooms: readonly string[]) => rooms.filter((roomId) => roomId === 'held');
    const done: string[] = [];
    const waiting = ['first', 'second'].map((name) =>
      append('held').then((outcome) => done.push(`${name} ${outcome}`)),
    );
    for (let index = 0; index < 5; index += 1) expect(await append(`room${index}`)).toBe('committed');
    expect(done).toEqual([]);
    isFree = true;
    await Promise.all(waiting);
    expect(done).toEqual(['first committed', 'second committed']);
    expect(scene.batches.flat().filter((roomId) => roomId === 'held').length).toBeGreaterThan(2);
  });

  it('[ST23] after two seconds the commit is refused, and nothing of it is stored', async () => {
    const { scene, append } = createScene(() => {
      scene.now += 1_100;
      return { lost: new Set(), held: new Set(['held']) };
    });
    expect(await append('held')).toBe('unavailable');
    expect(scene.stored.size).toBe(0);
  });

  it('[ST23] a batch in which something waits for a lock is taken apart: the others wait no more', async () => {
    let isFree = false;
    const { scene, append } = createScene((rooms) => {
      if (!isFree && rooms.includes('held')) throw failure(NO_LOCK);
      return ALL_WON;
    });
    const waiting = append('held');
    expect(await Promise.all(['a', 'b'].map(append))).toEqual(['committed', 'committed']);
    const [together, ...alone] = scene.batches;
    expect(together).toEqual(['held', 'a', 'b']);
    expect(alone.map((batch) => batch.length)).toEqual(alone.map(() => 1));
    isFree = true;
    expect(await waiting).toBe('committed');
  });
});

describe('a commit that the database does not bring to an end', () => {
  const slowRoom = () =>
    createScene((rooms) => {
      if (rooms.includes('slow')) throw failure(TOO_SLOW);
      return ALL_WON;
    });

  it('[ST8] is found by halving, and all others of its batch are stored', async () => {
    const { scene, appendAll } = slowRoom();
    expect(await appendAll('a', 'b', 'slow', 'c')).toEqual(['committed', 'committed', 'unavailable', 'committed']);
    expect(scene.limits[0]).toBe(3_000);
    expect(new Set(scene.limits.slice(1))).toEqual(new Set([500]));
  });

  it("[ST8] its room's commits are not tried for ten seconds, then alone and with little time, then as all others", async () => {
    const { scene, append, appendAll } = slowRoom();
    await append('slow');
    await append('slow');
    const { length } = scene.batches;
    expect(await append('slow')).toBe('unavailable');
    expect(scene.batches).toHaveLength(length);
    scene.now += 10_001;
    scene.write = () => ALL_WON;
    expect(await appendAll('a', 'slow', 'b')).toEqual(Array(3).fill('committed'));
    expect(scene.batches.slice(length)).toEqual([['a', 'b'], ['slow']]);
    expect(scene.limits.slice(length)).toEqual([3_000, 500]);
    await appendAll('a', 'slow');
    expect(scene.batches.at(-1)).toEqual(['a', 'slow']);
    expect(scene.limits.at(-1)).toBe(3_000);
  });

  it('[ST8] a database that is slow with everything is not searched for longer than four seconds', async () => {
    const { scene, appendAll } = createScene(() => {
      scene.now += 3_000;
      throw failure(TOO_SLOW);
    });
    const rooms = Array.from({ length: 256 }, (_, index) => `room${index}`);
    expect(new Set(await appendAll(...rooms))).toEqual(new Set(['unavailable']));
    expect(scene.batches.length).toBeLessThan(10);
  });
});
