// The limit on guessing codes and PINs over several real nodes: together they answer as many guesses as one would.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createResearcherApi, joinRoom } from '../../src/client/index.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const LIMIT = 30;
const GUESSES = 300;
const PIN = '4711';

describeWithRedis('guesses spread over nodes', () => {
  let cluster: TestCluster;
  let code: string;
  let api: ReturnType<typeof createResearcherApi>;
  let study: { readonly id: string };
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: 2 });
    api = createResearcherApi({ serverUrl: cluster.url, key: cluster.researcherKey });
    study = await api.createStudy({ title: 'Guessed', pages: [{ title: 'Only page' }], settings: { pin: PIN } });
    code = (await api.createRooms(study.id, {})).rooms[0]?.code ?? '';
  }, 120_000);
  afterAll(() => cluster.close());

  /** The code of the answer to each of many wrong PINs of a room, all sent at once, to the nodes in turn. */
  const guess = async (address: string): Promise<Record<string, number>> => {
    const guessed = (await api.createRooms(study.id, {})).rooms[0]?.code;
    const codes = await Promise.all(
      Array.from({ length: GUESSES }, async (_, index) => {
        const response = await fetch(`${cluster.nodes[index % cluster.nodes.length]?.url}/api/join`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
          body: JSON.stringify({ code: guessed, nickname: 'x', pin: `no ${index}` }),
        });
        const { error } = (await response.json()) as { error?: { code: string } };
        return error?.code ?? 'ok';
      }),
    );
    const tally: Record<string, number> = {};
    for (const each of codes) tally[each] = (tally[each] ?? 0) + 1;
    return tally;
  };

  it('[JN6] of hundreds at once no more are answered than by one node', async () => {
    expect(await guess('198.51.100.1')).toEqual({ wrong_pin: LIMIT, rate_limited: GUESSES - LIMIT });
    expect(await guess('198.51.100.1')).toEqual({ rate_limited: GUESSES });
    // Whoever has the PIN, from elsewhere, is not held up.
    expect((await joinRoom({ serverUrl: cluster.url, code, nickname: 'Ada', pin: PIN })).participant.seat).toBe(0);
  });

  it('[JN6] while Redis does not answer each node counts by itself, and whoever has the PIN gets in', async () => {
    cluster.redis.pause();
    try {
      const both = cluster.nodes.length * LIMIT;
      expect(await guess('198.51.100.2')).toEqual({ wrong_pin: both, rate_limited: GUESSES - both });
      expect((await joinRoom({ serverUrl: cluster.url, code, nickname: 'Bea', pin: PIN })).participant.seat).toBe(1);
    } finally {
      cluster.redis.resume();
    }
    await eventually('the nodes count together again', async () => {
      const ready = await Promise.all(cluster.nodes.map(({ url }) => fetch(`${url}/readyz`)));
      return ready.every(({ ok }) => ok);
    });
    expect(await guess('198.51.100.3')).toEqual({ wrong_pin: LIMIT, rate_limited: GUESSES - LIMIT });
  });
});
