// What Redis holds of shared values: one hash per room, with the latest update of each participant, and the room's channel.
// Storing updates, publishing those that are newer and reading the hash are one step in Redis.
import { z } from 'zod';
import type { RoomChannels } from '../channels/room-channels.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';

/** A node that watches a room publishes its updates again before that. A room that nobody uses any more is gone after it. */
export const VALUES_TTL_MS = 3_600_000;

const PUBLISH_AGAIN = '?';

// KEYS: hash, channel. ARGV: sender, TTL, then participant and update in turns. Answers with all that is stored.
// Something else than a hash is replaced, and so is an update without a time. Where there was no hash, Redis may have lost it:
// the other nodes are asked to publish theirs again.
const EXCHANGE = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local function timeOf(update) return update and tonumber(string.match(update, '^(%d+) ')) or -1 end
local newer = {}
for index = 3, #ARGV, 2 do
  if timeOf(ARGV[index + 1]) > timeOf(redis.call('HGET', KEYS[1], ARGV[index])) then
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
    newer[#newer + 1] = ARGV[index]
    newer[#newer + 1] = ARGV[index + 1]
  end
end
if #newer > 0 then redis.call('SPUBLISH', KEYS[2], ARGV[1] .. ' ' .. cjson.encode(newer)) end
if kind ~= 'hash' then redis.call('SPUBLISH', KEYS[2], ARGV[1] .. ' ${PUBLISH_AGAIN}') end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])`;

/** Participant, update, participant, update ... */
const updatesSchema = z.array(z.string());

const parseUpdates = (json: string): string[] => {
  try {
    return updatesSchema.parse(JSON.parse(json));
  } catch {
    return [];
  }
};

export interface ValuesListener {
  onUpdates(updates: readonly string[]): void;
  /** Redis may have lost what this node has published. */
  onPublishAgain(): void;
  /** The subscription has just taken effect, for the first time or again. */
  onBegin(): void;
}

interface SharedValuesStoreOptions {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  readonly keys: RoomKeys;
  readonly name: string;
}

export const createSharedValuesStore = ({ redis, channels, keys, name }: SharedValuesStoreOptions) => ({
  /** Publishes those of the updates that are the latest, and returns all that is stored of the room. */
  async exchange(roomId: string, updates: readonly string[]): Promise<string[]> {
    const [hash, channel] = [keys.values(roomId, name), keys.valuesChannel(roomId, name)];
    const args = [channels.sender, VALUES_TTL_MS, ...updates];
    return updatesSchema.parse(await redis.ask((client) => client.eval(EXCHANGE, 2, hash, channel, ...args)));
  },
  listen: (roomId: string, listener: ValuesListener): (() => void) =>
    channels.subscribe(keys.valuesChannel(roomId, name), {
      onMessage(message) {
        if (message === PUBLISH_AGAIN) listener.onPublishAgain();
        else listener.onUpdates(parseUpdates(message));
      },
      onBegin: listener.onBegin,
    }),
});
