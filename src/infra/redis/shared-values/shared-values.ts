// A live map that all nodes share: of each room that is watched here a copy in memory, so that nobody waits, filled from Redis
// and kept up by what other nodes tell. What could not be told is told when Redis is back. Redis may lose everything: who finds
// nothing stored asks the others to say theirs again.
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../../../rooms/ports.ts';
import type { SharedValues } from '../../../rooms/presence/ports.ts';
import type { RoomChannels } from '../channels/room-channels.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';
import { type Change, createLatestValues, type LatestValues } from './latest-values.ts';
import { createSharedValuesStore, LIVE_TTL_MS } from './shared-values-store.ts';

const REFRESH_EVERY_MS = LIVE_TTL_MS / 3;
/** After an outage every room has something to tell: not all at once, or the last would wait beyond its time limit. */
const ROOMS_AT_ONCE = 50;
const RETRY_MS = 250;
const FILL_WITHIN_MS = 500;

interface Copy<T> {
  readonly room: LatestValues<T>;
  /** Without any, the copy goes as soon as everything is told. */
  users: number;
  unsubscribe: () => void;
  filled: Promise<void>;
  setFilled: () => void;
  exchanging: boolean;
}

export interface RedisSharedValues<T> extends SharedValues<T> {
  close(): void;
}

export interface RedisSharedValuesOptions<T> {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  readonly keys: RoomKeys;
  /** Shared by the nodes, for of two statements the later one counts. */
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  /** Part of the names of keys and channels. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

export const createSharedValues = <T>(options: RedisSharedValuesOptions<T>): RedisSharedValues<T> => {
  const { redis, channels, clock, log, name, schema } = options;
  const store = createSharedValuesStore(options);
  const copies = new Map<string, Copy<T>>();
  /** Rooms whose turn to be exchanged with Redis will come. */
  const waiting = new Set<string>();
  const callbacks: Parameters<SharedValues<T>['onChange']>[0][] = [];
  let exchanging = 0;
  let pause: NodeJS.Timeout | undefined;
  let closed = false;

  const copyOf = (roomId: string): Copy<T> => {
    const known = copies.get(roomId);
    if (known) return known;
    const copy: Copy<T> = {
      room: createLatestValues({ node: channels.sender, schema }),
      users: 0,
      unsubscribe: () => {},
      filled: Promise.resolve(),
      setFilled: () => {},
      exchanging: false,
    };
    copies.set(roomId, copy);
    return copy;
  };

  const dropUnused = (roomId: string, copy: Copy<T>): void => {
    if (copy.users === 0 && copy.room.untold.size === 0 && !copy.exchanging) copies.delete(roomId);
  };

  const report = (roomId: string, changes: readonly Change<T>[]): void => {
    for (const { participantId, value, before } of changes) {
      for (const callback of callbacks) {
        try {
          callback(roomId, participantId, value, before);
        } catch (error) {
          log.error({ err: error, roomId, map: name }, 'what another node said was not handled');
        }
      }
    }
  };

  const exchange = async (roomId: string, copy: Copy<T>): Promise<void> => {
    const told = copy.room.takeUntold();
    let stored: string[] = [];
    try {
      stored = await store.exchange(roomId, told);
    } catch {
      copy.room.wasNotTold(told);
      waiting.add(roomId);
      pause ??= setTimeout(goOn, RETRY_MS);
    }
    copy.setFilled();
    report(roomId, copy.room.hear(stored));
  };

  const work = (): void => {
    for (const roomId of waiting) {
      // An outage of Redis ends with `onBack`.
      if (closed || pause || !redis.isUp() || exchanging >= ROOMS_AT_ONCE) return;
      const copy = copies.get(roomId);
      if (copy?.exchanging) continue;
      waiting.delete(roomId);
      if (!copy) continue;
      copy.exchanging = true;
      exchanging += 1;
      void exchange(roomId, copy).finally(() => {
        copy.exchanging = false;
        exchanging -= 1;
        dropUnused(roomId, copy);
        work();
      });
    }
  };

  const goOn = (): void => {
    pause = undefined;
    work();
  };

  const exchangeSoon = (roomId: string): void => {
    waiting.add(roomId);
    work();
  };

  /** Whatever Redis and the others may have lost, and what this node may have missed. */
  const exchangeAll = (): void => {
    for (const [roomId, copy] of copies) {
      copy.room.tellAgain();
      waiting.add(roomId);
    }
    work();
  };

  const begin = (roomId: string, copy: Copy<T>): void => {
    const { room } = copy;
    if (redis.isUp()) {
      copy.filled = new Promise((resolve) => {
        const timer = setTimeout(resolve, FILL_WITHIN_MS);
        copy.setFilled = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    copy.unsubscribe = store.listen(roomId, {
      onTold: (told) => report(roomId, room.hear(told)),
      onGone: () => report(roomId, room.forget()),
      onAsked() {
        room.tellAgain();
        // With nothing to tell, nothing would be stored, and the question would be asked for ever.
        if (room.untold.size > 0) exchangeSoon(roomId);
      },
      onBegin() {
        room.tellAgain();
        exchangeSoon(roomId);
      },
    });
  };

  redis.onBack(exchangeAll);
  const refresh = setInterval(exchangeAll, REFRESH_EVERY_MS);
  refresh.unref();

  return {
    of: (roomId) => copies.get(roomId)?.room.values ?? new Map(),
    set(roomId, participantId, value) {
      copyOf(roomId).room.say(participantId, value, clock.now());
      exchangeSoon(roomId);
    },
    delete(roomId, participantId) {
      const room = copies.get(roomId)?.room;
      if (participantId === undefined) {
        room?.forget();
        store.erase(roomId);
      } else if (room?.takeBack(participantId)) exchangeSoon(roomId);
    },
    watch(roomId) {
      const copy = copyOf(roomId);
      copy.users += 1;
      if (copy.users === 1) begin(roomId, copy);
      let watching = true;
      return () => {
        if (!watching) return;
        watching = false;
        copy.users -= 1;
        if (copy.users > 0) return;
        copy.unsubscribe();
        copy.setFilled();
        dropUnused(roomId, copy);
      };
    },
    filled: async (roomId) => copies.get(roomId)?.filled,
    onChange: (callback) => {
      callbacks.push(callback);
    },
    close() {
      closed = true;
      clearInterval(refresh);
      clearTimeout(pause);
      for (const copy of copies.values()) {
        copy.unsubscribe();
        copy.setFilled();
      }
      copies.clear();
    },
  };
};
