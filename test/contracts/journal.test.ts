// The journal's contract on PostgreSQL, and what only a database on a network can do to it.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createTcpProxy, type TcpProxy } from '../../processes/tcp-proxy.ts';
import { createJournal, type PostgresJournal } from '../../src/infra/postgres/journal.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createTestDatabase, seedRoom, type TestDatabase } from '../support/servers/database.ts';
import { commitOf, type JournalStore, journalContract } from './journal.contract.ts';
import { journalLookupsContract } from './journal-lookups.contract.ts';

const log = pino({ level: 'silent' });
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

const onPostgres = async (): Promise<JournalStore> => {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 6, log });
  const journals: PostgresJournal[] = [];
  return {
    journal() {
      const journal = createJournal({ pool, clock, log });
      journals.push(journal);
      return journal;
    },
    seedRoom: (options) => seedRoom(pool, options),
    async eraseRoom(roomId) {
      await pool.query('DELETE FROM rooms WHERE id = $1', [roomId]);
    },
    async outboxKeys(roomId) {
      const { rows } = await pool.query<{ key: string }>('SELECT key FROM outbox WHERE room_id = $1 ORDER BY id', [
        roomId,
      ]);
      return rows.map(({ key }) => key);
    },
    async recordings(roomId) {
      const { rows } = await pool.query<{ id: string; endedAt: number | null }>(
        'SELECT id, ended_at AS "endedAt" FROM recordings WHERE room_id = $1 ORDER BY started_at, id',
        [roomId],
      );
      return rows;
    },
    async close() {
      for (const journal of journals) await journal.close();
      await pool.end();
      await database.drop();
    },
  };
};

journalContract('PostgreSQL', onPostgres);
journalLookupsContract('PostgreSQL', onPostgres);

describe('journal behind a bad connection', () => {
  let database: TestDatabase;
  let direct: pg.Pool;
  let proxy: TcpProxy;
  let pool: pg.Pool;
  let journal: PostgresJournal;

  beforeAll(async () => {
    database = await createTestDatabase();
    direct = createPool(database.url, { max: 3, log });
    const target = new URL(database.url);
    proxy = await createTcpProxy(Number(target.port));
    target.port = String(proxy.port);
    pool = createPool(target.href, { max: 4, log });
    journal = createJournal({ pool, clock, log });
  });
  afterEach(() => {
    proxy.onAnswer(undefined);
    proxy.onRequest(undefined);
    proxy.refuse(false);
    proxy.mute(false);
  });
  afterAll(async () => {
    await journal.close();
    await pool.end();
    await proxy.close();
    await direct.end();
    await database.drop();
  });

  /** A room with one commit, so that the journal's connection is up and its statement prepared. */
  const warmRoom = async (): Promise<string> => {
    const { roomId } = await seedRoom(direct);
    await journal.append(commitOf(roomId, 1));
    return roomId;
  };
  const versions = async (roomId: string) => {
    const { rows } = await direct.query<{ version: number }>(
      'SELECT version FROM commits WHERE room_id = $1 ORDER BY version',
      [roomId],
    );
    return rows.map(({ version }) => version);
  };

  it('[ST10] the answer of a commit is lost: it counts as committed and is there once', async () => {
    const roomId = await warmRoom();
    let cuts = 0;
    proxy.onAnswer((bytes) => {
      // The tag of the statement; PostgreSQL sends it after the commit.
      if (cuts > 0 || !bytes.includes('SELECT 0')) return false;
      cuts += 1;
      proxy.cut();
      return true;
    });
    expect(await journal.append(commitOf(roomId, 2))).toBe('committed');
    expect(cuts).toBe(1);
    expect(await versions(roomId)).toEqual([1, 2]);
  });

  it('[ST10] the request never arrives: it is sent again and is there once', async () => {
    const roomId = await warmRoom();
    const entry = commitOf(roomId, 2);
    let cuts = 0;
    proxy.onRequest((bytes) => {
      if (cuts > 0 || !bytes.includes(entry.commit.commitId)) return false;
      cuts += 1;
      proxy.cut();
      return true;
    });
    expect(await journal.append(entry)).toBe('committed');
    expect(cuts).toBe(1);
    expect(await versions(roomId)).toEqual([1, 2]);
  });

  it('[ST10] cut while the database is slow with the statement, which it then commits: a race against itself is no conflict', async () => {
    const roomId = await warmRoom();
    await direct.query(`
      CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON commits FOR EACH ROW WHEN (NEW.room_id = '${roomId}') EXECUTE FUNCTION be_slow()`);
    const isAtIt = async () => {
      const { rows } = await direct.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep' AND query LIKE '%INSERT INTO commits%'`,
      );
      return rows[0]?.n === 1;
    };
    const outcome = journal.append(commitOf(roomId, 2));
    await eventually('the database is at it', isAtIt);
    proxy.cut();
    expect(await outcome).toBe('committed');
    expect(await versions(roomId)).toEqual([1, 2]);
    await direct.query('DROP TRIGGER slow ON commits; DROP FUNCTION be_slow');
  });

  describe('rows that somebody else has locked', () => {
    /** Holds what the statement locks until the returned function is called. */
    const lock = async (statement: string, values: unknown[]) => {
      const holder = await direct.connect();
      await holder.query('BEGIN');
      await holder.query(statement, values);
      return async () => {
        await holder.query('COMMIT');
        holder.release();
      };
    };

    /** Commits of other rooms, many of them together with what waits. */
    const othersGoOn = async (): Promise<void> => {
      const rooms = await Promise.all(Array.from({ length: 5 }, warmRoom));
      for (let version = 2; version < 12; version++) {
        const outcomes = await Promise.all(rooms.map((roomId) => journal.append(commitOf(roomId, version))));
        expect(outcomes).toEqual(rooms.map(() => 'committed'));
      }
    };

    it("[ST23] a locked room's commits wait in their order, all other rooms go on", async () => {
      const roomId = await warmRoom();
      const unlock = await lock('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [roomId]);
      const done: string[] = [];
      const held = [2, 3].map((version) => journal.append(commitOf(roomId, version)).finally(() => done.push('held')));
      await othersGoOn();
      done.push('others');
      await unlock();
      expect(await Promise.all(held)).toEqual(['committed', 'committed']);
      expect(done).toEqual(['others', 'held', 'held']);
      expect(await versions(roomId)).toEqual([1, 2, 3]);
    });

    it('[ST23] a room that is locked for long is unavailable, and nothing of the commit is stored', async () => {
      const roomId = await warmRoom();
      const unlock = await lock('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [roomId]);
      await expect(journal.append(commitOf(roomId, 2))).rejects.toMatchObject({ code: 'unavailable' });
      await unlock();
      expect(await journal.append(commitOf(roomId, 2))).toBe('committed');
      expect(await versions(roomId)).toEqual([1, 2]);
    });

    it('[ST23] a commit that waits for what it brings along holds up nobody else', async () => {
      const [roomId, id] = [await warmRoom(), randomUUID()];
      const recording = { id, participantId: 'p1', take: 0, mimeType: 'audio/webm', path: 'r', startedAt: 1 };
      await journal.append(commitOf(roomId, 2, { newRecordings: [recording] }));
      const unlock = await lock('SELECT 1 FROM recordings WHERE id = $1 FOR UPDATE', [id]);
      let isDone = false;
      const stopping = journal.append(commitOf(roomId, 3, { stoppedRecordings: [{ id, endedAt: 5 }] })).finally(() => {
        isDone = true;
      });
      await othersGoOn();
      expect(isDone).toBe(false);
      await unlock();
      expect(await stopping).toBe('committed');
    });

    it('[ST23] an erased room whose row was locked is a conflict', async () => {
      const roomId = await warmRoom();
      const unlock = await lock('DELETE FROM rooms WHERE id = $1', [roomId]);
      const append = journal.append(commitOf(roomId, 2));
      await othersGoOn();
      await unlock();
      expect(await append).toBe('conflict');
    });
  });

  it('[ST10] a lost answer to a commit that had lost its race stays a conflict', async () => {
    const roomId = await warmRoom();
    let cuts = 0;
    proxy.onAnswer((bytes) => {
      if (cuts > 0 || !bytes.includes('SELECT 1')) return false;
      cuts += 1;
      proxy.cut();
      return true;
    });
    expect(await journal.append(commitOf(roomId, 1))).toBe('conflict');
    expect(cuts).toBe(1);
    expect(await versions(roomId)).toEqual([1]);
  });

  it('the database cannot be reached: rejected as unavailable within a bound, and works when it is back', async () => {
    const roomId = await warmRoom();
    proxy.refuse(true);
    proxy.cut();
    const attempts = [
      journal.append(commitOf(roomId, 2)),
      journal.append(commitOf((await seedRoom(direct)).roomId, 1)),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'unavailable' });
    proxy.refuse(false);
    expect(await journal.append(commitOf(roomId, 2))).toBe('committed');
    expect(await versions(roomId)).toEqual([1, 2]);
  });

  it('[ST10] the database takes commits but its answers stop: unavailable within a bound, and the commit is found later', async () => {
    const roomId = await warmRoom();
    const entry = commitOf(roomId, 2);
    proxy.mute(true);
    await expect(journal.append(entry)).rejects.toMatchObject({ code: 'unavailable' });
    proxy.mute(false);
    expect((await journal.commits(roomId, 1)).map(({ commitId }) => commitId)).toEqual([entry.commit.commitId]);
    expect(await journal.append(commitOf(roomId, 2))).toBe('conflict');
    expect(await journal.append(commitOf(roomId, 3))).toBe('committed');
    expect(await versions(roomId)).toEqual([1, 2, 3]);
  }, 20_000);

  it('[ST10] every connection is cut again and again under load: nothing lost, nothing twice', async () => {
    const rooms = await Promise.all(Array.from({ length: 20 }, () => warmRoom()));
    let cuts = 0;
    let answers = 0;
    proxy.onAnswer((bytes) => {
      if (!bytes.includes('SELECT 0')) return false;
      answers += 1;
      if (answers % 7 !== 0) return false;
      cuts += 1;
      proxy.cut();
      return answers % 2 === 0;
    });
    const LAST = 15;
    await Promise.all(
      rooms.map(async (roomId) => {
        for (let version = 2; version <= LAST; version++) {
          expect(await journal.append(commitOf(roomId, version))).toBe('committed');
        }
      }),
    );
    expect(cuts).toBeGreaterThan(0);
    const all = Array.from({ length: LAST }, (_, index) => index + 1);
    for (const roomId of rooms) expect(await versions(roomId)).toEqual(all);
  });

  it('recent commit time is known for the lead of a page turn', async () => {
    const fresh = createJournal({ pool, clock, log });
    const before = fresh.commitP95Ms();
    const { roomId } = await seedRoom(direct);
    await fresh.append(commitOf(roomId, 1));
    expect(before).toBe(10);
    expect(fresh.commitP95Ms()).not.toBe(before);
    expect(fresh.commitP95Ms()).toBeGreaterThan(0);
    await fresh.close();
  });
});
