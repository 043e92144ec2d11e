// The shared time on a real Redis: what two nodes agree on, and that it leaves nothing without an end.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import { createClusterClock } from '../../src/infra/redis/clock/cluster-clock.ts';
import { createSharedTime } from '../../src/infra/redis/clock/shared-time.ts';
import { connectRedis } from '../../src/infra/redis/connection/connect-redis.ts';
import { createRoomKeys } from '../../src/infra/redis/room-keys.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const log = pino({ level: 'silent' });

describeWithRedis('shared time in Redis', () => {
  it('is one for all nodes, corrected by one of them, and known again by them when Redis lost it', async () => {
    const server = await startRedisServer();
    const redis = await connectRedis({ url: server.url, log });
    try {
      const keys = createRoomKeys('one');
      const time = createSharedTime({ redis, keys });
      const key = keys.clockCorrection();
      const { redisTime, correction } = await time.ask(0);
      expect(Math.abs(redisTime - Date.now())).toBeLessThan(1_000);
      expect(correction).toBe(0);
      const nodeWith = (wallAhead: number) => {
        const monotonic = () => performance.now();
        return createClusterClock({ time, log, monotonic, wall: () => Date.now() + wallAhead });
      };
      const nodes = [nodeWith(3_600_000), nodeWith(-3_600_000), nodeWith(0)];
      // Where the machine's own clock says otherwise, the nodes first wait whether somebody corrects Redis.
      const known = nodes.map((node) => eventually('the node knows the time', () => node.synchronize(), 20_000));
      await Promise.all(known);
      const [first = 0, ...others] = nodes.map((node) => node.clock.now());
      for (const other of others) expect(Math.abs(other - first)).toBeLessThan(50);

      expect(await time.correct(0, -1_234.5)).toBe(true);
      expect(await time.correct(0, 99)).toBe(false);
      expect((await time.ask(0)).correction).toBe(-1_234.5);
      expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
      await server.flushAll();
      expect((await time.ask(-1_234.5)).correction).toBe(-1_234.5);
      for (const [write, value] of [
        ['SET', 'nonsense'],
        ['RPUSH', 'a list'],
      ] as const) {
        await server.command('DEL', key);
        await server.command(write, key, value);
        expect((await time.ask(7)).correction).toBe(7);
        expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
      }
    } finally {
      await redis.close();
      await server.stop();
    }
  }, 30_000);
});
