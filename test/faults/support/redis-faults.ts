// What can happen to a Redis that nodes reach through a proxy.
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '../../../processes/redis-server.ts';
import type { TcpProxy } from '../../../processes/tcp-proxy.ts';

export interface RedisFault<Place> {
  readonly name: string;
  /** Nodes cannot use Redis meanwhile. */
  readonly isAway: boolean;
  /** Begins it; what it resolves to ends it, and resolves when Redis can be used again. */
  inflict(place: Place): Promise<() => Promise<void> | void>;
}

export interface ProxiedRedis {
  readonly redis: RedisServer;
  readonly proxy: TcpProxy;
}

const FLUSH_EVERY_MS = 500;
/** There and back: every answer comes 500 ms later. */
const ONE_WAY_MS = 250;

export const REDIS_FAULTS: readonly RedisFault<ProxiedRedis>[] = [
  {
    name: 'restart: kill -9, started again empty',
    isAway: true,
    async inflict({ redis }) {
      await redis.kill();
      return () => redis.restart();
    },
  },
  {
    name: 'FLUSHALL, twice a second',
    isAway: false,
    async inflict({ redis }) {
      let over = false;
      const flush = async (): Promise<void> => {
        for (; !over; await delay(FLUSH_EVERY_MS)) await redis.flushAll();
      };
      const flushing = flush();
      return () => {
        over = true;
        return flushing;
      };
    },
  },
  {
    name: 'SIGSTOP',
    isAway: true,
    async inflict({ redis }) {
      redis.pause();
      return redis.resume;
    },
  },
  {
    name: 'connections cut and refused',
    isAway: true,
    async inflict({ proxy }) {
      proxy.refuse(true);
      proxy.cut();
      return () => proxy.refuse(false);
    },
  },
  {
    name: 'half-open: connections dead without a word, new ones silent',
    isAway: true,
    async inflict({ proxy }) {
      proxy.stall(true);
      proxy.strand();
      return () => proxy.stall(false);
    },
  },
  {
    name: 'every answer 500 ms late',
    isAway: true,
    async inflict({ proxy }) {
      proxy.delay(ONE_WAY_MS);
      return () => proxy.delay(0);
    },
  },
];
