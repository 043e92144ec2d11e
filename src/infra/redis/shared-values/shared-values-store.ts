// What Redis holds of a live map, one hash per room, and what is said in the room's channel. Telling, storing and reading are
// one step in Redis, where the later of two statements stays.
import { z } from 'zod';
import { type RoomChannels, signed } from '../channels/room-channels.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';

/** Statements are told anew before that, as long as they hold. */
export const LIVE_TTL_MS = 3_600_000;

const SAY_AGAIN = '?';
const ALL_GONE = '-';

// KEYS: hash, channel. ARGV: sender, TTL, then participant and statement in turns. Answers with all that is stored.
// Something else than a hash is replaced, and so is a statement without a time.
const EXCHANGE = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local function timeOf(statement) return statement and tonumber(string.match(statement, '^(%d+) ')) or -1 end
local news = {}
for index = 3, #ARGV, 2 do
  if timeOf(ARGV[index + 1]) > timeOf(redis.call('HGET', KEYS[1], ARGV[index])) then
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
    news[#news + 1] = ARGV[index]
    news[#news + 1] = ARGV[index + 1]
  end
end
if #news > 0 then redis.call('SPUBLISH', KEYS[2], ARGV[1] .. ' ' .. cjson.encode(news)) end
if kind ~= 'hash' then redis.call('SPUBLISH', KEYS[2], ARGV[1] .. ' ${SAY_AGAIN}') end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])`;
const ERASE = `
redis.call('DEL', KEYS[1])
redis.call('SPUBLISH', KEYS[2], ARGV[1])`;

/** Participant, statement, participant, statement ... */
const toldSchema = z.array(z.string());

const parseTold = (json: string): string[] => {
  try {
    return toldSchema.parse(JSON.parse(json));
  } catch {
    return [];
  }
};

export interface LiveListener {
  onTold(told: readonly string[]): void;
  /** Redis may have lost what this node has said. */
  onAsked(): void;
  onGone(): void;
  /** The subscription has just taken effect, for the first time or again. */
  onBegin(): void;
}

interface SharedValuesStoreOptions {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  readonly keys: RoomKeys;
  readonly name: string;
}

export const createSharedValuesStore = ({ redis, channels, keys, name }: SharedValuesStoreOptions) => {
  const run = (script: string, roomId: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.ask((client) => client.eval(script, 2, keys.live(roomId, name), keys.liveChannel(roomId, name), ...args));

  return {
    /** Tells the other nodes what is news and gives all that is stored of the room. */
    exchange: async (roomId: string, told: readonly string[]): Promise<string[]> =>
      toldSchema.parse(await run(EXCHANGE, roomId, channels.sender, LIVE_TTL_MS, ...told)),
    /** Never waits: what stays because Redis is away ends by itself. */
    erase(roomId: string): void {
      run(ERASE, roomId, signed(channels.sender, ALL_GONE)).catch(() => {});
    },
    listen: (roomId: string, listener: LiveListener): (() => void) =>
      channels.subscribe(keys.liveChannel(roomId, name), {
        onMessage(message) {
          if (message === SAY_AGAIN) listener.onAsked();
          else if (message === ALL_GONE) listener.onGone();
          else listener.onTold(parseTold(message));
        },
        onBegin: listener.onBegin,
      }),
  };
};
