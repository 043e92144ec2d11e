// Publishes to channels and never waits. Owns how much may be on its way to Redis at once: what comes beyond that is dropped,
// and its receivers find the gap by its version.
import type { Logger } from 'pino';
import type { RedisConnection } from '../connection/connect-redis.ts';

export interface BoundedPublisher {
  /** Never throws. */
  publish(channel: string, message: string): void;
  /** Half of what may be on its way is: soon messages will be dropped. */
  isBusy(): boolean;
}

const MAX_IN_FLIGHT = 1_000;
const BUSY_FROM = 500;
const BUSY_FROM_CHARACTERS = 8 * 1024 * 1024;

const ignore = (): void => {};

export const createBoundedPublisher = ({ redis, log }: { redis: RedisConnection; log: Logger }): BoundedPublisher => {
  let inFlight = 0;
  let charactersInFlight = 0;
  /** Since nothing was on its way, messages have been dropped: that is logged once. */
  let isOverloadLogged = false;

  return {
    publish(channel, message) {
      if (inFlight >= MAX_IN_FLIGHT) {
        if (!isOverloadLogged) log.warn({ inFlight }, 'too much to publish at once: the other nodes look it up');
        isOverloadLogged = true;
        return;
      }
      inFlight += 1;
      charactersInFlight += message.length;
      redis
        .ask((client) => client.spublish(channel, message))
        .catch(ignore)
        .finally(() => {
          inFlight -= 1;
          charactersInFlight -= message.length;
          if (inFlight === 0) isOverloadLogged = false;
        });
    },
    isBusy: () => inFlight >= BUSY_FROM || charactersInFlight >= BUSY_FROM_CHARACTERS,
  };
};
