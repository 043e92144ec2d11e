// The one connection that carries all subscriptions of a node. Owns which connection that is, whether it still answers, and
// its replacement; whatever a replaced connection still brings is dropped. Does not know what is to be subscribed: when the
// connection is lost, so is every subscription, and its owner subscribes again.
import { Cluster } from 'ioredis';
import { COMMAND_TIMEOUT_MS, type RedisConnection } from '../connection/connect-redis.ts';
import type { RedisClient } from '../connection/open-client.ts';
import { within } from '../connection/within.ts';

export interface SubscriberConnection {
  /** Another number after every loss: an answer that belongs to an older number proves nothing any more. */
  generation(): number;
  isReady(): boolean;
  /** Resolves when Redis has confirmed it; rejects within the time limit of a command. */
  subscribe(channel: string): Promise<void>;
  /** As above; also rejects when the channel was not subscribed and the cluster is not known yet. */
  unsubscribe(channel: string): Promise<void>;
  /** The connection is stuck: closes it and opens another. */
  replace(): void;
  close(): void;
}

interface SubscriberConnectionOptions {
  readonly redis: Pick<RedisConnection, 'subscriber'>;
  readonly onMessage: (channel: string, message: string) => void;
  /** No subscription is in effect any more, or one server of a cluster has lost its own. */
  readonly onLost: () => void;
  /** What is subscribed, as far as is confirmed. */
  readonly subscribed: () => readonly string[];
}

const HEARTBEAT_MS = 1_000;
/** So many heartbeats without an answer, and the connection is taken for dead. */
const MAX_UNANSWERED = 2;
/** Each of these may mean that subscriptions were lost. A cluster names each of its connections that ends. */
const LOSSES = ['close', '-node', 'ready', 'subscribersReady'];

export const createSubscriberConnection = (options: SubscriberConnectionOptions): SubscriberConnection => {
  const { redis, onMessage, onLost, subscribed } = options;
  let generation = 0;
  let turn = 0;
  let unanswered = 0;

  const lost = (): void => {
    generation += 1;
    onLost();
  };

  const open = (): RedisClient => {
    const opened = redis.subscriber();
    opened.on('smessage', (channel: string, message: string) => {
      if (opened === client) onMessage(channel, message);
    });
    for (const loss of LOSSES) {
      opened.on(loss, () => {
        if (opened === client) lost();
      });
    }
    return opened;
  };
  let client = open();

  const subscribe = async (channel: string): Promise<void> => {
    await within(COMMAND_TIMEOUT_MS, client.ssubscribe(channel));
  };
  const unsubscribe = async (channel: string): Promise<void> => {
    await within(COMMAND_TIMEOUT_MS, client.sunsubscribe(channel));
  };

  // A connection with subscriptions alone never awaits an answer, so only a question shows that it is dead. Unsubscribing what
  // was never subscribed changes nothing and is answered. Another channel each time, which reaches every server of a cluster.
  const heartbeat = async (): Promise<void> => {
    const channels = subscribed();
    const channel = channels[turn++ % channels.length];
    if (channel === undefined) return;
    try {
      await unsubscribe(`${channel}:heartbeat`);
      unanswered = 0;
    } catch {
      unanswered += 1;
      // In a cluster the socket time-out of each server's connection does this.
      if (unanswered >= MAX_UNANSWERED && !(client instanceof Cluster)) client.disconnect(true);
    }
  };
  const timer = setInterval(heartbeat, HEARTBEAT_MS);
  timer.unref();

  return {
    generation: () => generation,
    isReady: () => client.status === 'ready',
    subscribe,
    unsubscribe,
    replace() {
      const stuck = client;
      client = open();
      stuck.disconnect();
      lost();
    },
    close() {
      clearInterval(timer);
      client.disconnect();
    },
  };
};
