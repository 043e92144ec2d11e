// The time that all nodes share: the clock of Redis plus a correction that is stored in Redis. The correction is 0 as long as
// that clock is right. When it steps, or another machine takes over, the nodes change the correction, so that the shared time
// goes on as before, also for nodes that start later.
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';

export interface SharedTime {
  /** `knownCorrection` is stored when Redis has lost its own. */
  ask(knownCorrection: number): Promise<{ readonly redisTime: number; readonly correction: number }>;
  /** False when another node has changed it before. */
  correct(from: number, to: number): Promise<boolean>;
}

/** When no node has asked for so long, no node runs whose clock must go on. */
const TTL_MS = 600_000;

const ASK = `
local time = redis.call('TIME')
local correction = redis.pcall('GET', KEYS[1])
if type(correction) ~= 'string' or not tonumber(correction) then
  correction = ARGV[1]
  redis.call('SET', KEYS[1], correction)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { time[1], time[2], correction }`;

const CORRECT = `
if tonumber(redis.call('GET', KEYS[1])) ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

export const createSharedTime = ({ redis, keys }: { redis: RedisConnection; keys: RoomKeys }): SharedTime => ({
  async ask(knownCorrection) {
    const answer = await redis.ask((client) => client.eval(ASK, 1, keys.clockCorrection(), knownCorrection, TTL_MS));
    const [seconds, microseconds, correction] = (Array.isArray(answer) ? answer : []).map(Number);
    const redisTime = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    if (!Number.isFinite(redisTime) || correction === undefined || !Number.isFinite(correction)) {
      throw new Error('Redis gave no time');
    }
    return { redisTime, correction };
  },
  async correct(from, to) {
    return (await redis.ask((client) => client.eval(CORRECT, 1, keys.clockCorrection(), from, to, TTL_MS))) === 1;
  },
});
