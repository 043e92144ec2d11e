// Copies of rooms in Redis, shared by all nodes. They are never the truth and may be missing: a room that cannot be read here is
// rebuilt from the journal. Redis itself refuses to replace a higher version by a lower one. A room that changes during an
// outage is deleted from Redis afterwards, since the copy there is stale; its new state is not kept for Redis in the meantime.
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { RoomDefinition, RoomState } from '../../../room/state.ts';
import { stateFrom, storedStateOf } from '../../../room/stored-state.ts';
import type { RoomCopies } from '../../../rooms/copies/ports.ts';
import type { Journal } from '../../../rooms/ports.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import { isRefusal, reasonOf } from '../connection/redis-errors.ts';
import type { RoomKeys } from '../room-keys.ts';

/** Longer than the pauses of a debate. It starts again with each use; a room that is gone is rebuilt from the journal. */
const TTL_MS = 6 * 3_600_000;
/** How many ids of rooms are remembered that have changed during an outage. */
const MAX_PENDING = 50_000;
/** The pause before stale copies are deleted again, for a Redis that is there and accepts nothing (out of memory). */
const DELETE_AFTER_MS = 250;

// The value is `version digest json`: the version is read without the rest, and the digest shows a damaged value.
// A key whose value is not a string or has no version is replaced.
const PUT = `
local head = redis.pcall('GETRANGE', KEYS[1], 0, 15)
local known = type(head) == 'string' and tonumber(string.match(head, '^(%d+) '))
if known and known >= tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const digestOf = (roomId: string, json: string): string =>
  createHash('sha1').update(`${roomId} ${json}`).digest('base64');

const encode = (state: RoomState): string => {
  const json = storedStateOf(state);
  return `${state.version} ${digestOf(state.definition.roomId, json)} ${json}`;
};

/** Undefined when this is not what `encode` made of this room. */
const decode = (definition: RoomDefinition, value: string): RoomState | undefined => {
  const [, version, digest, json] = /^(\d+) (\S+) (.*)$/s.exec(value) ?? [];
  if (json === undefined || digestOf(definition.roomId, json) !== digest) return undefined;
  const state = stateFrom(json, definition);
  return state.version === Number(version) ? state : undefined;
};

export interface SharedCopiesOptions {
  readonly redis: RedisConnection;
  readonly keys: RoomKeys;
  readonly log: Logger;
  /** The part of a room that is not stored in Redis. */
  readonly definitionOf: Journal['definition'];
}

export const createSharedCopies = ({ redis, keys, log, definitionOf }: SharedCopiesOptions): RoomCopies => {
  /** Rooms of which Redis may hold a stale copy. */
  const pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const deleteSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(deletePending, DELETE_AFTER_MS);
    timer.unref();
  };

  const remember = (roomId: string): void => {
    pending.add(roomId);
    const [oldest] = pending;
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
    // Redis is back already: `onBack` will not be called for this outage.
    if (redis.isUp()) deleteSoon();
  };

  /** The connection logs outages, once each; here only what Redis refuses is logged. */
  const failed = (roomId: string, error: unknown): void => {
    if (isRefusal(error)) log.warn({ roomId, reason: reasonOf(error) }, 'Redis refused a room');
  };

  const store = async (roomId: string, next: RoomState | 'deleted'): Promise<void> => {
    pending.delete(roomId);
    const key = keys.state(roomId);
    try {
      if (next === 'deleted') await redis.ask((client) => client.del(key));
      else await redis.ask((client) => client.eval(PUT, 1, key, next.version, encode(next), TTL_MS));
    } catch (error) {
      failed(roomId, error);
      if (!isRefusal(error)) remember(roomId);
    }
  };

  /** One after another: after an outage every node has many to delete. */
  const deletePending = async (): Promise<void> => {
    for (const roomId of [...pending]) {
      if (!redis.isUp()) return;
      if (pending.has(roomId)) await store(roomId, 'deleted');
    }
  };

  redis.onBack(deleteSoon);

  return {
    async get(roomId) {
      let value: string | null;
      try {
        value = await redis.ask((client) => client.getex(keys.state(roomId), 'PX', TTL_MS));
      } catch (error) {
        // A value of another kind under this key is replaced by the next put.
        failed(roomId, error);
        return undefined;
      }
      if (value === null) return undefined;
      const definition = await definitionOf(roomId);
      if (!definition) return undefined;
      const state = decode(definition, value);
      if (state) return state;
      log.warn({ roomId }, 'a damaged copy of a room was deleted');
      // If it stayed, its version could be higher than that of the rebuilt room, which Redis would then refuse.
      await store(roomId, 'deleted');
      return undefined;
    },
    put: (state) => store(state.definition.roomId, state),
    delete: (roomId) => store(roomId, 'deleted'),
  };
};
