// A node whose database connections are all taken, but those of the journal, is busy, not dead; and debates go on.
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { connectionTo } from '../../src/infra/postgres/session-settings.ts';
import { researcherOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople } from '../support/cluster/node-people.ts';
import { spawnCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const REQUESTS = 40;
/** All of a node but those that the journal has for itself. */
const CONNECTIONS = 9;
/** Of seven after which the others take a node for dead. */
const BEATS_WITHIN_MS = 4_000;

describeWithRedis('a busy node', () => {
  it('[NO1][SE11] goes on saying that it lives, and turns pages', async () => {
    const cluster = await spawnCluster({ nodes: 1 });
    onTestFinished(() => cluster.close());
    const people = createNodePeople(cluster);
    onTestFinished(() => people.leaveAll());
    const [host] = await people.debate(await people.newRoom(), [0, 0, 0]);
    const locking = new pg.Client(connectionTo(cluster.databaseUrl));
    const watching = new pg.Client(connectionTo(cluster.databaseUrl));
    await Promise.all([locking.connect(), watching.connect()]);
    onTestFinished(() => watching.end());
    // When the test fails the database is dropped under it.
    locking.on('error', () => {});
    await locking.query('BEGIN');
    await locking.query('LOCK TABLE studies IN ACCESS EXCLUSIVE MODE');
    const answers = Array.from({ length: REQUESTS }, () =>
      researcherOf(cluster)
        .studies()
        .catch(() => undefined),
    );
    const numberOf = async (query: string): Promise<number> =>
      Number((await watching.query<{ number: string }>(`SELECT (${query}) AS number`)).rows[0]?.number);
    await eventually(
      'every connection waits',
      async () =>
        (await numberOf(
          `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )) >= CONNECTIONS,
    );
    const mark = () => numberOf('SELECT max(seen_at) FROM nodes');
    for (let beats = 0, last = await mark(); beats < 2; beats += 1) {
      last = await eventually('a beat', async () => (await mark()) !== last && (await mark()), BEATS_WITHIN_MS);
    }
    expect(await numberOf('SELECT count(*) FROM nodes')).toBe(1);
    expect(await host?.socket.ask('page:turn', { to: 1 })).toMatchObject({ ok: true, page: 1 });
    await locking.end();
    await Promise.all(answers);
  });
});
