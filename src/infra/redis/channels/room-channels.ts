// Sharded publish and subscribe between the nodes, one channel per room. A message may be lost: a listener is
// called when its subscription takes effect, for the first time or again, and then looks up what it may have missed.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { RedisConnection } from '../connection/connect-redis.ts';
import { createBoundedPublisher } from './bounded-publisher.ts';
import type { ChannelListener } from './channel-listeners.ts';
import { createSubscriptions } from './subscriptions.ts';

export interface RoomChannels {
  /** The name under which this node publishes; what it has published itself is not received. */
  readonly sender: string;
  /** Never waits and never throws. */
  publish(channel: string, message: string): void;
  /** So much is on its way that soon some of it would be dropped: who can make the sender wait, does. */
  isBusy(): boolean;
  /** False while Redis is known to be away, or a subscription is not confirmed. */
  isReceiving(): boolean;
  /** What other nodes publish. Returns the unsubscription. */
  subscribe(channel: string, listener: ChannelListener): () => void;
  close(): void;
}

export const createRoomChannels = ({ redis, log }: { redis: RedisConnection; log: Logger }): RoomChannels => {
  const sender = randomUUID();
  const publisher = createBoundedPublisher({ redis, log });
  /** A message travels as `sender content`. */
  const contentOf = (message: string): string | undefined => {
    const end = message.indexOf(' ');
    return end === -1 || message.slice(0, end) === sender ? undefined : message.slice(end + 1);
  };
  const subscriptions = createSubscriptions({ redis, log, contentOf });

  return {
    sender,
    publish: (channel, content) => publisher.publish(channel, `${sender} ${content}`),
    isBusy: publisher.isBusy,
    isReceiving: () => redis.isUp() && subscriptions.areAllConfirmed(),
    subscribe: subscriptions.subscribe,
    close: subscriptions.close,
  };
};
