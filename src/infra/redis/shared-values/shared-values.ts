// Values that all nodes share, each with a copy in memory of the rooms that are watched there, so that nobody waits for Redis.
// A copy is filled from Redis and kept up to date by what the other nodes publish. Updates that could not be published are
// published when Redis is back. Redis may lose everything: whoever finds nothing stored asks the others to publish theirs again.
//
// A room is here in one of these states:
//
// absent     No copy. At the start, and from `unwatched` when nothing is pending and no exchange is on its way.
// watched    From the first watch on: subscribed to the room's channel. `filled` resolves after its first exchange with Redis.
// unwatched  A value is set without a watch, or the last watch has ended. What is pending is still published.
import assert from 'node:assert/strict';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../../../rooms/ports.ts';
import type { SharedValues } from '../../../rooms/presence/ports.ts';
import type { RoomChannels } from '../channels/room-channels.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';
import { createExchangeQueue } from './exchange-queue.ts';
import { type Change, createLatestValues, type LatestValues } from './latest-values.ts';
import { createSharedValuesStore, VALUES_TTL_MS } from './shared-values-store.ts';

const REFRESH_EVERY_MS = VALUES_TTL_MS / 3;
const FILL_WITHIN_MS = 500;

/** Of a watched room. */
interface Subscription {
  readonly filled: Promise<void>;
  setFilled(): void;
  unsubscribe(): void;
}

interface Copy<T> {
  readonly latest: LatestValues<T>;
  watches: number;
  /** There while the room is watched. */
  subscription?: Subscription | undefined;
}

export interface RedisSharedValues<T> extends SharedValues<T> {
  close(): void;
}

export interface RedisSharedValuesOptions<T> {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  readonly keys: RoomKeys;
  /** Shared by the nodes, for of two updates the later one counts. */
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  /** Part of the names of keys and channels. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

const createFilling = (isUp: boolean): Pick<Subscription, 'filled' | 'setFilled'> => {
  if (!isUp) return { filled: Promise.resolve(), setFilled: () => {} };
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FILL_WITHIN_MS);
  const setFilled = (): void => {
    clearTimeout(timer);
    resolve();
  };
  return { filled: promise, setFilled };
};

export const createSharedValues = <T>(options: RedisSharedValuesOptions<T>): RedisSharedValues<T> => {
  const { redis, channels, clock, log, name, schema } = options;
  const store = createSharedValuesStore(options);
  const copies = new Map<string, Copy<T>>();
  const callbacks: Parameters<SharedValues<T>['onChange']>[0][] = [];

  const report = (roomId: string, changes: readonly Change<T>[]): void => {
    for (const { participantId, value, before } of changes) {
      for (const callback of callbacks) {
        try {
          callback(roomId, participantId, value, before);
        } catch (error) {
          log.error({ err: error, roomId, values: name }, 'an update of another node was not handled');
        }
      }
    }
  };

  const exchange = async (roomId: string): Promise<boolean> => {
    const copy = copies.get(roomId);
    if (!copy) return true;
    const { latest } = copy;
    const published = latest.takePending();
    const stored = await store.exchange(roomId, published).catch(() => undefined);
    if (!stored) latest.putBack(published);
    copy.subscription?.setFilled();
    report(roomId, latest.receive(stored ?? []));
    return stored !== undefined;
  };

  const dropIfDone = (roomId: string): void => {
    const copy = copies.get(roomId);
    if (!copy || copy.subscription || copy.latest.hasPending() || queue.isExchanging(roomId)) return;
    enter('absent', roomId, copy);
  };
  const queue = createExchangeQueue({ isUp: redis.isUp, exchange, onEnd: dropIfDone });

  const subscribe = (roomId: string, latest: LatestValues<T>): Subscription => ({
    ...createFilling(redis.isUp()),
    unsubscribe: store.listen(roomId, {
      onUpdates: (updates) => report(roomId, latest.receive(updates)),
      onPublishAgain() {
        latest.publishAgain();
        // With nothing to publish, nothing would be stored, and this would be asked for ever.
        if (latest.hasPending()) queue.add(roomId);
      },
      onBegin() {
        latest.publishAgain();
        queue.add(roomId);
      },
    }),
  });

  const enter = (state: 'watched' | 'unwatched' | 'absent', roomId: string, copy: Copy<T>): void => {
    assert.equal(copy.watches > 0, state === 'watched', `${copy.watches} watches of a room that is ${state}`);
    copy.subscription?.unsubscribe();
    copy.subscription?.setFilled();
    copy.subscription = state === 'watched' ? subscribe(roomId, copy.latest) : undefined;
    if (state === 'absent') copies.delete(roomId);
    else copies.set(roomId, copy);
  };

  const copyOf = (roomId: string): Copy<T> => {
    const known = copies.get(roomId);
    if (known) return known;
    const copy: Copy<T> = { latest: createLatestValues({ sender: channels.sender, schema }), watches: 0 };
    enter('unwatched', roomId, copy);
    return copy;
  };

  /** Whatever Redis and the others may have lost, and what this node may have missed. */
  const exchangeAll = (): void => {
    for (const [roomId, { latest }] of copies) {
      latest.publishAgain();
      queue.add(roomId);
    }
    queue.resume();
  };
  redis.onBack(exchangeAll);
  const refresh = setInterval(exchangeAll, REFRESH_EVERY_MS);
  refresh.unref();

  return {
    of: (roomId) => copies.get(roomId)?.latest.values ?? new Map(),
    set(roomId, participantId, value) {
      copyOf(roomId).latest.set(participantId, value, clock.now());
      queue.add(roomId);
    },
    delete(roomId, participantId) {
      if (copies.get(roomId)?.latest.delete(participantId)) queue.add(roomId);
    },
    watch(roomId) {
      const copy = copyOf(roomId);
      copy.watches += 1;
      if (copy.watches === 1) enter('watched', roomId, copy);
      let isEnded = false;
      return () => {
        if (isEnded || copies.get(roomId) !== copy) return;
        isEnded = true;
        copy.watches -= 1;
        if (copy.watches > 0) return;
        enter('unwatched', roomId, copy);
        dropIfDone(roomId);
      };
    },
    filled: async (roomId) => copies.get(roomId)?.subscription?.filled,
    onChange: (callback) => {
      callbacks.push(callback);
    },
    close() {
      clearInterval(refresh);
      queue.close();
      for (const { subscription } of copies.values()) {
        subscription?.unsubscribe();
        subscription?.setFilled();
      }
      copies.clear();
    },
  };
};
