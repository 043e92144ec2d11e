// Hot rooms in Redis, shared by all nodes. Never the truth and never needed: whatever goes wrong with Redis is a room that is
// not there, and the journal rebuilds it. That a lower version never replaces a higher one is decided inside Redis.
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { RoomState } from '../../room/state.ts';
import type { HotRooms } from '../../rooms/ports.ts';
import { type RedisConnection, reasonOf } from './connect-redis.ts';
import type { RoomKeys } from './room-keys.ts';

/** Long enough for the pauses of a debate; later the journal has it. Each use begins it anew. */
const TTL_MS = 6 * 3_600_000;

// The value is `version digest json`: the version is read without the rest, a damaged value is known by its digest.
// A key that holds something else than a string, or no version, is replaced.
const PUT = `
local head = redis.pcall('GETRANGE', KEYS[1], 0, 15)
local known = type(head) == 'string' and tonumber(string.match(head, '^(%d+) '))
if known and known >= tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const digestOf = (json: string): string => createHash('sha1').update(json).digest('base64');

const encode = (state: RoomState): string => {
  const json = JSON.stringify(state);
  return `${state.version} ${digestOf(json)} ${json}`;
};

/** Undefined when this is not what `encode` made of this room. */
const decode = (roomId: string, value: string): RoomState | undefined => {
  const [, version, digest, json] = /^(\d+) (\S+) (.*)$/s.exec(value) ?? [];
  if (json === undefined || digestOf(json) !== digest) return undefined;
  const state: RoomState = JSON.parse(json);
  return state.version === Number(version) && state.definition.roomId === roomId ? state : undefined;
};

export interface RedisHotRoomsOptions {
  readonly redis: RedisConnection;
  readonly keys: RoomKeys;
  readonly log: Logger;
}

export const createRedisHotRooms = ({ redis, keys, log }: RedisHotRoomsOptions): HotRooms => {
  /** Outages are told once, by the connection; what Redis refuses while it is there is told here. */
  const refused = (roomId: string, error: unknown): void => {
    if (redis.isUp()) log.warn({ roomId, reason: reasonOf(error) }, 'Redis refused a hot room');
  };

  const drop = async (roomId: string): Promise<void> => {
    try {
      await redis.ask((client) => client.del(keys.state(roomId)));
    } catch (error) {
      refused(roomId, error);
    }
  };

  return {
    async get(roomId) {
      let value: string | null;
      try {
        value = await redis.ask((client) => client.getex(keys.state(roomId), 'PX', TTL_MS));
      } catch (error) {
        // Something else under this name is replaced by the next put.
        refused(roomId, error);
        return undefined;
      }
      if (value === null) return undefined;
      const state = decode(roomId, value);
      if (state) return state;
      log.warn({ roomId }, 'a damaged hot room was dropped');
      // Left where it is, its version could keep the room that is rebuilt from taking its place.
      await drop(roomId);
      return undefined;
    },
    async put(state) {
      const roomId = state.definition.roomId;
      try {
        await redis.ask((client) => client.eval(PUT, 1, keys.state(roomId), state.version, encode(state), TTL_MS));
      } catch (error) {
        refused(roomId, error);
      }
    },
    delete: drop,
  };
};
