// Which events may be committed, agreed on PostgreSQL between those who raise it and those who enter the list of nodes.
import type pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { incarnationOf } from '../../src/infra/postgres/incarnation.ts';
import { createNodeRegistry } from '../../src/infra/postgres/node-registry.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import { agreeOnVocabulary, refuseNewerEvents } from '../../src/infra/postgres/vocabulary.ts';
import { VOCABULARY } from '../../src/protocol/event-vocabulary.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const NEWER = VOCABULARY + 1;
const TOO_OLD = { code: 'migration_mismatch', message: expect.stringMatching(/newer version/) };

describe('event vocabulary on PostgreSQL', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { max: 4, log: pino({ level: 'silent' }) });
    await incarnationOf(pool);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });
  const among = { isAlone: false };
  const inUse = async () => (await pool.query('SELECT vocabulary FROM incarnation')).rows[0].vocabulary;

  it('[NO13] it is raised when the last node that understands less has gone, and stays so', async () => {
    const registry = createNodeRegistry({ pool });
    await registry.register('this build');
    expect(await agreeOnVocabulary(pool, VOCABULARY, among)).toBe(true);
    expect(await agreeOnVocabulary(pool, NEWER, among)).toBe(false);
    expect(await inUse()).toBe(VOCABULARY);
    await refuseNewerEvents(pool, VOCABULARY);
    await registry.remove('this build');
    expect(await agreeOnVocabulary(pool, NEWER, among)).toBe(true);
    expect(await inUse()).toBe(NEWER);
    await expect(registry.register('this build again')).rejects.toMatchObject(TOO_OLD);
    await expect(refuseNewerEvents(pool, VOCABULARY)).rejects.toMatchObject(TOO_OLD);
    expect(await agreeOnVocabulary(pool, VOCABULARY, among)).toBe(true);
    expect(await inUse()).toBe(NEWER);
  });

  it('[NO13] a server alone does not ask the dead', async () => {
    await createNodeRegistry({ pool }).register('killed long ago');
    expect(await agreeOnVocabulary(pool, NEWER, { isAlone: true })).toBe(true);
  });

  it('[NO13] the version before is in the list without a number, and understands the first', async () => {
    await pool.query(`INSERT INTO nodes (boot_id, started_at, seen_at) VALUES ('former', 1, 1)`);
    expect(await agreeOnVocabulary(pool, 1, among)).toBe(true);
    expect(await agreeOnVocabulary(pool, 2, among)).toBe(false);
  });

  it('[NO13] who enters while it is being raised waits, and does not slip in', async () => {
    const raising = await pool.connect();
    await raising.query('BEGIN');
    await raising.query('SELECT FROM incarnation FOR UPDATE');
    const entering = createNodeRegistry({ pool })
      .register('slow')
      .then(
        () => 'entered',
        (error: unknown) => error,
      );
    await eventually('the node waits', async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    await raising.query('UPDATE incarnation SET vocabulary = $1', [NEWER]);
    await raising.query('COMMIT');
    raising.release();
    expect(await entering).toMatchObject(TOO_OLD);
  });
});
