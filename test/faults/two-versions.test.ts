// A node of the version before beside one of this version, as in a rolling upgrade: one database, one Redis, people on both. And
// what a start says when somebody goes back a version.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisServer } from '../../processes/redis-server.ts';
import { type RunningServer, spawnServer, spawnServerProcess } from '../../processes/spawn-server.ts';
import { VOCABULARY } from '../../src/protocol/event-vocabulary.ts';
import { journalOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople, type NodePeople } from '../support/cluster/node-people.ts';
import type { TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { query } from '../support/servers/kept-row.ts';
import { buildOfCommit, buildWith, missingCommit, type OtherBuild } from '../support/servers/other-builds.ts';

/** The last one that knew no vocabulary. */
const FORMER = 'c7afaf3';
const PLANTED = VOCABULARY + 1;
const OLD = 0;
const NEW = 1;
/** Looking, declaring dead and asking again. */
const BURIED_WITHIN_MS = 20_000;

const reason = missingCommit(FORMER);

describeWithRedis(`nodes of two versions${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const closers: (() => unknown)[] = [];
  let database: TestDatabase;
  let redis: RedisServer;
  let former: OtherBuild;
  let newer: OtherBuild;
  let servers: readonly [RunningServer, RunningServer];
  let people: NodePeople;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    if (reason) return;
    // The version before went by the database's own settings.
    database = await createTestDatabase({ empty: true, settings: {} });
    closers.push(() => database.drop());
    redis = await startRedisServer();
    closers.push(() => redis.stop());
    former = buildOfCommit(FORMER);
    // A type that exists, declared to be new: everything else about it works.
    newer = buildWith('src/protocol/event-vocabulary.ts', 'participant_muted: 1', `participant_muted: ${PLANTED}`);
    closers.push(former.remove, newer.remove);
    env = {
      LOG_LEVEL: 'warn',
      ROLE: 'server',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      AUTH_SECRET: randomBytes(32).toString('hex'),
      RESEARCHER_KEY: `test-${randomBytes(16).toString('hex')}`,
      STORAGE_URL: `file://${former.folder}/storage`,
    };
    const start = async (build: OtherBuild): Promise<RunningServer> => {
      const server = await spawnServer({ env, command: build.command, cwd: build.folder });
      closers.push(() => server.stop());
      return server;
    };
    // The old one first: the new one changes the database under it.
    const old = await start(former);
    servers = [old, await start(newer)];
    const [{ url, researcherKey }] = servers;
    people = createNodePeople({ nodes: servers, url, researcherKey } as unknown as TestCluster);
    closers.push(() => people.leaveAll());
  }, 90_000);
  afterAll(async () => {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  });

  it.skipIf(reason)(
    '[NO13] debate together, a newer event waits until the old one has gone, and nobody can go back then',
    async () => {
      const room = await people.newRoom();
      // The first is the host.
      const [host, guest, third] = await people.debate(room, [NEW, OLD, NEW]);
      if (!host || !guest || !third) throw new Error('three people were to come');

      expect(await host.socket.ask('page:turn', { to: 1 })).toMatchObject({ ok: true });
      await guest.socket.untilEvent('page_turned');
      const choice = { questionId: 'q', value: 'from the old node' };
      expect(await guest.socket.ask('choice:submit', choice)).toMatchObject({ ok: true });
      const answer = { questionId: 'q', value: 'from the new node' };
      expect(await third.socket.ask('choice:submit', answer)).toMatchObject({ ok: true });
      // Who chose what is its own business: others see that something happened.
      await eventually('both nodes are at the same version', () => {
        const last = [host, guest, third].map(({ socket }) => socket.versions().at(-1));
        return new Set(last).size === 1;
      });
      for (const node of [OLD, NEW]) {
        const commits = await journalOf(people.askAt(node), room.id);
        const chosen = commits.flatMap(({ events }) => events).filter(({ type }) => type === 'choice_submitted');
        expect(chosen).toMatchObject([choice, answer]);
      }

      const mute = () => host.socket.ask('participant:mute', { participantId: third.seat.participant.id });
      const muted = () =>
        query(database.url, `SELECT FROM commits WHERE events @> '[{"type":"participant_muted"}]'`).then(
          (rows) => rows.length,
        );
      expect(await mute()).toMatchObject({ ok: false, error: { code: 'upgrading', retryable: true } });
      expect(await muted()).toBe(0);
      // Everything else goes on.
      expect(await host.socket.ask('page:turn', { to: 2 })).toMatchObject({ ok: true });

      await servers[OLD].kill('SIGKILL');
      await eventually('the newer event is taken', async () => (await mute()).ok, BURIED_WITHIN_MS);
      expect(await muted()).toBe(1);
      expect(await query(database.url, 'SELECT vocabulary FROM incarnation')).toEqual([{ vocabulary: PLANTED }]);

      const starts = [
        // The version before, and this one, which is older than the planted one.
        {
          command: former.command,
          cwd: former.folder,
          said: 'which this version does not know: it belongs to a newer',
        },
        {
          said: `events of a newer version of the program (vocabulary ${PLANTED}; this version understands ${VOCABULARY})`,
        },
      ];
      for (const { said, ...build } of starts) {
        const back = await spawnServerProcess({ env, ...build });
        expect((await back.exited).code).toBe(1);
        expect(back.output()).toContain(said);
        expect(back.output().trim().split('\n')).toHaveLength(1);
      }
    },
    120_000,
  );
});
