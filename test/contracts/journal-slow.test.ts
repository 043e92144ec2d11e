// What the journal does with a commit at which the database does not come to an end, beside the commits of everybody else.
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createJournal } from '../../src/infra/postgres/journal.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { createTestDatabase, seedRoom } from '../support/servers/database.ts';
import { commitOf } from './journal.contract.ts';

it('[ST8] a commit at which the database never ends is unavailable by itself, whatever came and comes with it', async () => {
  const log = pino({ level: 'silent' });
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 4, log });
  let passed = 0;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() + passed };
  const journal = createJournal({ pool, clock, log });
  onTestFinished(async () => {
    await journal.close();
    await pool.end();
    await database.drop();
  });
  const newRoom = async () => (await seedRoom(pool)).roomId;
  const [endless, ...others] = await Promise.all(Array.from({ length: 12 }, newRoom));
  if (endless === undefined) throw new Error('no room');
  await pool.query(`
    CREATE FUNCTION never_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
    CREATE TRIGGER endless BEFORE INSERT ON commits FOR EACH ROW WHEN (NEW.room_id = '${endless}') EXECUTE FUNCTION never_end()`);
  const half = others.length / 2;
  // Its people try again and again, in the middle of everybody else's commits.
  for (const version of [1, 2, 3]) {
    const commits = others.map((roomId) => () => journal.append(commitOf(roomId, version)));
    const outcomes = commits.slice(0, half).map((append) => append());
    const refused = expect(journal.append(commitOf(endless, 1))).rejects.toMatchObject({ code: 'unavailable' });
    outcomes.push(...commits.slice(half).map((append) => append()));
    expect(await Promise.all(outcomes)).toEqual(others.map(() => 'committed'));
    await refused;
    // The first time it is in the middle of a batch, then by itself.
    if (version === 2) passed += 10_000;
  }
  // Not even tried, for a while.
  await expect(journal.append(commitOf(endless, 1))).rejects.toMatchObject({ code: 'unavailable' });
  passed += 10_000;
  await pool.query('DROP TRIGGER endless ON commits; DROP FUNCTION never_end');
  expect(await journal.append(commitOf(endless, 1))).toBe('committed');
}, 60_000);
