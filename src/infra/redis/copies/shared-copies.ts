// Hot rooms in Redis, shared by all nodes. Never the truth and never needed: whatever goes wrong with Redis is a room that is
// not there, and the journal rebuilds it. That a lower version never replaces a higher one is decided inside Redis. What was to
// be kept or dropped during an outage is dropped when Redis is back: it must not go on holding rooms as they were before, and a node
// must not hold for it whatever changes meanwhile.
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { RoomDefinition, RoomState } from '../../../room/state.ts';
import { stateFrom, storedStateOf } from '../../../room/stored-state.ts';
import type { RoomCopies } from '../../../rooms/copies/ports.ts';
import type { Journal } from '../../../rooms/ports.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import { isRefusal, reasonOf } from '../connection/redis-errors.ts';
import type { RoomKeys } from '../room-keys.ts';

/** Long enough for the pauses of a debate; later the journal has it. Each use begins it anew. */
const TTL_MS = 6 * 3_600_000;
/** Rooms of which Redis has not heard during an outage: their names alone. */
const MAX_UNTOLD = 50_000;
/** A Redis that is there and yet takes nothing (out of memory) is not asked without a pause. */
const TELL_AFTER_MS = 250;

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
  /** What the stored states leave out. */
  readonly definitionOf: Journal['definition'];
}

export const createSharedCopies = ({ redis, keys, log, definitionOf }: SharedCopiesOptions): RoomCopies => {
  /** Rooms that Redis may have as they are no more. */
  const untold = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const tellSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(tellUntold, TELL_AFTER_MS);
    timer.unref();
  };

  const remember = (roomId: string): void => {
    untold.add(roomId);
    const [oldest] = untold;
    if (untold.size > MAX_UNTOLD && oldest !== undefined) untold.delete(oldest);
    // Back by now: nobody else will say so.
    if (redis.isUp()) tellSoon();
  };

  /** Outages are told once, by the connection; what Redis refuses while it is there is told here. */
  const failed = (roomId: string, error: unknown): void => {
    if (isRefusal(error)) log.warn({ roomId, reason: reasonOf(error) }, 'Redis refused a hot room');
  };

  const tell = async (roomId: string, next: RoomState | 'deleted'): Promise<void> => {
    untold.delete(roomId);
    const key = keys.state(roomId);
    try {
      if (next === 'deleted') await redis.ask((client) => client.del(key));
      else await redis.ask((client) => client.eval(PUT, 1, key, next.version, encode(next), TTL_MS));
    } catch (error) {
      failed(roomId, error);
      if (!isRefusal(error)) remember(roomId);
    }
  };

  /** One after another: after an outage everybody has much to tell. */
  const tellUntold = async (): Promise<void> => {
    for (const roomId of [...untold]) {
      if (!redis.isUp()) return;
      if (untold.has(roomId)) await tell(roomId, 'deleted');
    }
  };

  redis.onBack(tellSoon);

  return {
    async get(roomId) {
      let value: string | null;
      try {
        value = await redis.ask((client) => client.getex(keys.state(roomId), 'PX', TTL_MS));
      } catch (error) {
        // Something else under this name is replaced by the next put.
        failed(roomId, error);
        return undefined;
      }
      if (value === null) return undefined;
      const definition = await definitionOf(roomId);
      if (!definition) return undefined;
      const state = decode(definition, value);
      if (state) return state;
      log.warn({ roomId }, 'a damaged hot room was dropped');
      // Left where it is, its version could keep the room that is rebuilt from taking its place.
      await tell(roomId, 'deleted');
      return undefined;
    },
    put: (state) => tell(state.definition.roomId, state),
    delete: (roomId) => tell(roomId, 'deleted'),
  };
};
