// Counts refused attempts per address for all nodes, in Redis, where look and count are one step. What this node has refused it
// counts itself, too: without Redis, or when Redis forgets, a guesser meets that count, and nobody else waits.
import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { ATTEMPT_WINDOW_MS, type AttemptLimiter } from '../../access/ports.ts';
import type { RedisConnection } from './connection/connect-redis.ts';
import { reasonOf } from './connection/redis-errors.ts';
import type { RoomKeys } from './room-keys.ts';

// A key that holds something else than a number, or that has no end, is begun anew.
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
  /** All nodes have the same: without it nobody can tell from Redis who tried. */
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

  /** 0 also when Redis cannot tell. */
  const ask = async (script: string, address: string): Promise<number> => {
    try {
      return Number(await redis.ask((client) => client.eval(script, 1, keyOf(address), limit, ATTEMPT_WINDOW_MS)));
    } catch (error) {
      // Outages are told once, by the connection.
      if (redis.isUp()) log.warn({ reason: reasonOf(error) }, 'Redis refused to count a refused join');
      return 0;
    }
  };

  return {
    async waitMs(address) {
      return (await own.waitMs(address)) || ask(WAIT, address);
    },
    async refused(address) {
      // Who waits for this node's count is not counted for the others: the wait must not grow by asking.
      const waitMs = (await own.waitMs(address)) || (await ask(REFUSED, address));
      return waitMs || own.refused(address);
    },
  };
};
