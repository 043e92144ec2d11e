// The time that all nodes share: Redis TIME plus a correction that lies in Redis. While Redis's clock is sound the correction is 0;
// when it steps or another machine takes over, the nodes, whose clocks go on, correct it, so that the room clock goes on for
// nodes that start later, too.
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';

export interface SharedTime {
  /** `knownCorrection` takes the place of one that Redis has lost. */
  ask(knownCorrection: number): Promise<{ readonly redisTime: number; readonly correction: number }>;
  /** False when somebody else was first. */
  correct(from: number, to: number): Promise<boolean>;
}

/** No node has asked for so long: none is left whose clock must go on. */
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
      throw new Error('Redis told no time');
    }
    return { redisTime, correction };
  },
  async correct(from, to) {
    return (await redis.ask((client) => client.eval(CORRECT, 1, keys.clockCorrection(), from, to, TTL_MS))) === 1;
  },
});
