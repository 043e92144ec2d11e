// Voice statuses of the rooms that this node watches: a copy in memory, so that a view never waits, fed by the other nodes'
// messages and filled from Redis when the watch begins. Of rooms nobody watches here, it knows only what was set here.
import { z } from 'zod';
import type { VoiceStatuses } from '../../rooms/ports.ts';
import type { RedisConnection } from './connect-redis.ts';
import { type RoomChannels, signed } from './room-channels.ts';
import type { RoomKeys } from './room-keys.ts';

/** Refreshed whenever somebody in the room begins or ends to speak. */
const TTL_MS = 3_600_000;
const MAX_IN_FLIGHT = 1_000;

// Stored and told in one step. ARGV: field, value or '' for none, message, TTL.
const SET = `
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SPUBLISH', KEYS[2], ARGV[3])`;

const statusSchema = z.object({ micOn: z.boolean(), speaking: z.boolean() });
const messageSchema = z.object({ participantId: z.string(), status: statusSchema.nullable() });
type Status = Readonly<z.infer<typeof statusSchema>>;
const NOBODY: ReadonlyMap<string, Status> = new Map();

export interface SharedVoiceStatuses extends VoiceStatuses {
  /** From the room's first connection on this node until the returned function is called at its last. */
  watch(roomId: string): () => void;
}

interface Watch {
  users: number;
  /** Whose status was last said on this node: it knows better than Redis after an outage. */
  readonly own: Set<string>;
  /** Of whom others told while Redis was being asked. */
  readonly heard: Set<string>;
  readonly end: () => void;
}

const parsed = <T>(schema: z.ZodType<T>, json: string): T | undefined => {
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
};

export interface RedisVoiceStatusesOptions {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  readonly keys: RoomKeys;
}

export const createRedisVoiceStatuses = ({ redis, channels, keys }: RedisVoiceStatusesOptions): SharedVoiceStatuses => {
  const rooms = new Map<string, Map<string, Status>>();
  let inFlight = 0;

  const remember = (roomId: string, participantId: string, status: Status | null): void => {
    const room = rooms.get(roomId) ?? new Map<string, Status>();
    if (status) room.set(participantId, status);
    else room.delete(participantId);
    if (room.size > 0) rooms.set(roomId, room);
    else rooms.delete(roomId);
  };

  const send = (command: Parameters<RedisConnection['ask']>[0]): void => {
    if (inFlight >= MAX_IN_FLIGHT) return;
    inFlight += 1;
    redis
      .ask(command)
      .catch(() => {})
      .finally(() => {
        inFlight -= 1;
      });
  };

  const share = (roomId: string, participantId: string, status: Status | null): void => {
    remember(roomId, participantId, status);
    const message = signed(channels.sender, JSON.stringify({ participantId, status }));
    const value = status ? JSON.stringify(status) : '';
    send((client) =>
      client.eval(SET, 2, keys.voices(roomId), keys.voiceChannel(roomId), participantId, value, message, TTL_MS),
    );
  };

  const watches = new Map<string, Watch>();

  const fill = async (roomId: string): Promise<void> => {
    const watch = watches.get(roomId);
    if (!watch) return;
    for (const participantId of watch.own) share(roomId, participantId, rooms.get(roomId)?.get(participantId) ?? null);
    watch.heard.clear();
    try {
      const stored = await redis.ask((client) => client.hgetall(keys.voices(roomId)));
      if (watches.get(roomId) !== watch) return;
      for (const [participantId, json] of Object.entries(stored)) {
        const status = parsed(statusSchema, json);
        if (status && !watch.own.has(participantId) && !watch.heard.has(participantId))
          remember(roomId, participantId, status);
      }
    } catch {
      // Redis is away: filled when it is back.
    }
  };

  redis.onBack(() => {
    for (const roomId of watches.keys()) void fill(roomId);
  });

  return {
    of: (roomId) => rooms.get(roomId) ?? NOBODY,
    set(roomId, participantId, status) {
      watches.get(roomId)?.own.add(participantId);
      share(roomId, participantId, status);
    },
    delete(roomId, participantId) {
      if (participantId === undefined) {
        rooms.delete(roomId);
        watches.get(roomId)?.own.clear();
        send((client) => client.del(keys.voices(roomId)));
        return;
      }
      watches.get(roomId)?.own.add(participantId);
      share(roomId, participantId, null);
    },
    watch(roomId) {
      const known = watches.get(roomId);
      if (known) known.users += 1;
      else {
        const end = channels.subscribe(keys.voiceChannel(roomId), {
          onMessage: (json) => {
            const message = parsed(messageSchema, json);
            if (!message) return;
            const watch = watches.get(roomId);
            watch?.own.delete(message.participantId);
            watch?.heard.add(message.participantId);
            remember(roomId, message.participantId, message.status);
          },
          onBegin: () => void fill(roomId),
        });
        watches.set(roomId, { users: 1, own: new Set(), heard: new Set(), end });
      }
      let watching = true;
      return () => {
        const watch = watches.get(roomId);
        if (!watch || !watching) return;
        watching = false;
        watch.users -= 1;
        if (watch.users > 0) return;
        watch.end();
        watches.delete(roomId);
        rooms.delete(roomId);
      };
    },
  };
};
