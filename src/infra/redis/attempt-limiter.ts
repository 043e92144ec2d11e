// Counts refused attempts per address, for all nodes, in Redis, where reading the count and adding to it are one step. Each node
// also counts what it has refused itself: that count limits a guesser while Redis is away or has lost its data.
import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { ATTEMPT_WINDOW_MS, type AttemptLimiter } from '../../access/ports.ts';
import type { RedisConnection } from './connection/connect-redis.ts';
import { reasonOf } from './connection/redis-errors.ts';
import type { RoomKeys } from './room-keys.ts';

// A key whose value is not a number, or that does not expire, is replaced.
const LOOK = `
local count = tonumber(redis.pcall('GET', KEYS[1]))
local left = redis.call('PTTL', KEYS[1])
local isOpen = count and left > 0
if isOpen and count >= tonumber(ARGV[1]) then return left end`;
const WAIT = `${LOOK}
return 0`;
const REFUSED = `${LOOK}
if isOpen then redis.call('INCR', KEYS[1]) else redis.call('SET', KEYS[1], 1, 'PX', ARGV[2]) end
return 0`;

export interface RedisAttemptLimiterOptions {
  readonly redis: RedisConnection;
  readonly keys: RoomKeys;
  /** The same on all nodes. Redis holds addresses hashed with it, so that they cannot be read there. */
  readonly secret: string;
  readonly limit: number;
  /** This node's own count, with the same limit. */
  readonly own: AttemptLimiter;
  readonly log: Logger;
}

export const createRedisAttemptLimiter = (options: RedisAttemptLimiterOptions): AttemptLimiter => {
  const { redis, keys, secret, limit, own, log } = options;
  const keyOf = (address: string): string =>
    keys.refusedJoins(createHmac('sha256', secret).update(`refused join ${address}`).digest('base64url'));

  /** Also 0 when Redis cannot answer. */
  const ask = async (script: string, address: string): Promise<number> => {
    try {
      return Number(await redis.ask((client) => client.eval(script, 1, keyOf(address), limit, ATTEMPT_WINDOW_MS)));
    } catch (error) {
      // The connection logs outages, once each.
      if (redis.isUp()) log.warn({ reason: reasonOf(error) }, 'Redis refused to count a refused join');
      return 0;
    }
  };

  return {
    async waitMs(address) {
      return (await own.waitMs(address)) || ask(WAIT, address);
    },
    async refused(address) {
      // An address that must wait because of this node's count is not counted in Redis: asking must not make the wait longer.
      const waitMs = (await own.waitMs(address)) || (await ask(REFUSED, address));
      return waitMs || own.refused(address);
    },
  };
};
