// For the suites on shared values: Redis and a Redis Cluster, each flushed before every test, nodes that are closed after it,
// and proof that no rejection was left unhandled.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { describeWithRedis } from '../describe-with-program.ts';
import { REDIS_PLACES, type RedisPlace, type SharedValuesNode, startSharedValuesNode } from './shared-values-nodes.ts';

/** To be called once, at the top of a test file. */
export const sharedValuesScene = () => {
  const closing: (() => unknown)[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);

  beforeAll(() => {
    process.on('unhandledRejection', note);
  });
  afterAll(() => {
    process.off('unhandledRejection', note);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    expect(unhandled.splice(0)).toEqual([]);
  });

  return {
    /** Called after the present test, the latest first. */
    onEnd: (close: () => unknown) => closing.push(close),
    async nodeOn(...args: Parameters<typeof startSharedValuesNode>): Promise<SharedValuesNode> {
      const node = await startSharedValuesNode(...args);
      closing.push(node.close);
      return node;
    },
  };
};

/** The suite on a Redis and on a Redis Cluster. `place` is there when the tests run. */
export const describeOnEachRedis = (title: string, suite: (name: string, place: () => RedisPlace) => void): void => {
  describe.each(REDIS_PLACES)(title, (name, start) => {
    describeWithRedis(name, () => {
      let place: RedisPlace;
      beforeAll(async () => {
        place = await start();
      }, 60_000);
      // Before each and not after it: nodes that still live write again what a flush took.
      beforeEach(() => place.flushAll());
      afterAll(() => place.stop());
      suite(name, () => place);
    });
  });
};
