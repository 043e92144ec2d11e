// Sharded publish and subscribe for rooms. Owns one connection for subscriptions and keeps what is wanted subscribed: after
// every loss of a connection, and again and again where Redis refused. Messages are hints and may be lost; who listens is told
// when a subscription takes effect, to look up what it missed.
import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { Logger } from 'pino';
import { COMMAND_TIMEOUT_MS, type RedisClient, type RedisConnection } from '../connection/connect-redis.ts';
import { within } from '../connection/within.ts';

export interface ChannelListener {
  onMessage(message: string): void;
  /** The subscription has just taken effect, for the first time or again. */
  onBegin(): void;
}

export interface RoomChannels {
  /** What this node sends under this name is not heard by itself. */
  readonly sender: string;
  /** Never waits and never throws. */
  publish(channel: string, message: string): void;
  /** So much is on its way that soon some of it would be dropped: who can tell the sender to wait, does. */
  isBusy(): boolean;
  /** False while Redis is known to be away, or a subscription is not confirmed. */
  isHeard(): boolean;
  /** What others publish. Returns the unsubscription. */
  subscribe(channel: string, listener: ChannelListener): () => void;
  close(): void;
}

/** A sender that Redis cannot follow drops what it has to say: everybody heals by version. */
const MAX_IN_FLIGHT = 1_000;
const BUSY_FROM = 500;
const BUSY_FROM_CHARACTERS = 8 * 1024 * 1024;
/** So few that all of them are answered within the time limit of one. */
const SUBSCRIBE_AT_ONCE = 100;
const RETRY_MS = 250;
const HEARTBEAT_MS = 1_000;
/** No subscription takes effect for so long while commands are answered: the connection is stuck and is replaced. */
const STUCK_MS = 2_000;
/** A connection that is being made gets longer: made anew each time, it would never be there on a busy machine. */
const CONNECTING_MS = 10_000;
const ignore = (): void => {};

/** `sender message`: as it travels. */
export const signed = (sender: string, message: string): string => `${sender} ${message}`;

export const createRoomChannels = ({ redis, log }: { redis: RedisConnection; log: Logger }): RoomChannels => {
  const sender = randomUUID();
  const wanted = new Map<string, Set<ChannelListener>>();
  const confirmed = new Set<string>();
  let subscriber = redis.subscriber();
  let connection = 0;
  let failingSince: number | undefined;
  let settling = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let inFlight = 0;
  let charactersInFlight = 0;
  let overloaded = false;

  const safely = (channel: string, call: () => void): void => {
    try {
      call();
    } catch (error) {
      log.error({ err: error, channel }, 'a message between nodes was not handled');
    }
  };

  const release = async (channel: string): Promise<void> => {
    confirmed.delete(channel);
    try {
      await within(COMMAND_TIMEOUT_MS, subscriber.sunsubscribe(channel));
    } catch {
      // Not subscribed then. ioredis throws at once while it knows no slots of a cluster.
    }
  };

  const confirm = async (channel: string): Promise<void> => {
    const asked = connection;
    try {
      await within(COMMAND_TIMEOUT_MS, subscriber.ssubscribe(channel));
    } catch {
      // ioredis remembers the channels of a cluster once more with every attempt.
      await release(channel);
      return;
    }
    const listeners = wanted.get(channel);
    if (!listeners) {
      await release(channel);
    } else if (asked === connection) {
      confirmed.add(channel);
      failingSince = undefined;
      for (const listener of listeners) safely(channel, () => listener.onBegin());
    }
  };

  const missing = (): string[] => [...wanted.keys()].filter((channel) => !confirmed.has(channel));

  /** Once for each; what is wanted only since then is tried, too. */
  const confirmMissing = async (): Promise<void> => {
    const tried = new Set<string>();
    while (subscriber.status === 'ready') {
      const channels = missing().filter((channel) => !tried.has(channel));
      if (channels.length === 0) return;
      const next = channels.slice(0, SUBSCRIBE_AT_ONCE);
      for (const channel of next) tried.add(channel);
      await Promise.all(next.map(confirm));
    }
  };

  const settle = async (): Promise<void> => {
    if (settling || closed) return;
    settling = true;
    clearTimeout(retry);
    await confirmMissing();
    settling = false;
    if (closed) return;
    if (missing().length === 0) {
      failingSince = undefined;
      return;
    }
    if (!redis.isUp()) failingSince = undefined;
    else failingSince ??= performance.now();
    const patienceMs = subscriber.status === 'ready' ? STUCK_MS : CONNECTING_MS;
    if (failingSince !== undefined && performance.now() - failingSince > patienceMs) {
      failingSince = undefined;
      log.warn('subscriptions keep failing: their connection is replaced');
      const stuck = subscriber;
      subscriber = redis.subscriber();
      attend(subscriber);
      stuck.disconnect();
      lost();
    }
    retry = setTimeout(settle, RETRY_MS);
  };

  const lost = (): void => {
    connection += 1;
    confirmed.clear();
    void settle();
  };

  const hear = (channel: string, message: string): void => {
    const end = message.indexOf(' ');
    if (end === -1 || message.slice(0, end) === sender) return;
    for (const listener of wanted.get(channel) ?? []) safely(channel, () => listener.onMessage(message.slice(end + 1)));
  };

  const attend = (current: RedisClient): void => {
    current.on('smessage', (channel: string, message: string) => {
      if (current === subscriber) hear(channel, message);
    });
    // A cluster names each of its connections that ends; the others' subscriptions are then confirmed once more.
    for (const event of ['close', '-node', 'ready', 'subscribersReady']) {
      current.on(event, () => {
        if (current === subscriber) lost();
      });
    }
  };
  attend(subscriber);

  // A subscription alone never owes an answer, so a connection that died without a word is only known by asking. In turn over
  // the channels, which reaches every shard. Giving up what was never subscribed changes nothing and is answered.
  let turn = 0;
  let unanswered = 0;
  const heartbeat = setInterval(async () => {
    const channels = [...confirmed];
    const channel = channels[turn++ % channels.length];
    if (channel === undefined) return;
    try {
      await within(COMMAND_TIMEOUT_MS, subscriber.sunsubscribe(`${channel}:heartbeat`));
      unanswered = 0;
    } catch {
      unanswered += 1;
      // Each shard's own socket time-out does this in a cluster.
      if (unanswered >= 2 && !(subscriber instanceof Cluster)) subscriber.disconnect(true);
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    sender,
    publish(channel, message) {
      if (inFlight >= MAX_IN_FLIGHT) {
        if (!overloaded) log.warn({ inFlight }, 'too much to tell the other nodes at once: they look it up');
        overloaded = true;
        return;
      }
      inFlight += 1;
      charactersInFlight += message.length;
      redis
        .ask((client) => client.spublish(channel, signed(sender, message)))
        .catch(ignore)
        .finally(() => {
          inFlight -= 1;
          charactersInFlight -= message.length;
          if (inFlight === 0) overloaded = false;
        });
    },
    isBusy: () => inFlight >= BUSY_FROM || charactersInFlight >= BUSY_FROM_CHARACTERS,
    subscribe(channel, listener) {
      const listeners = wanted.get(channel) ?? new Set();
      wanted.set(channel, listeners.add(listener));
      if (confirmed.has(channel)) queueMicrotask(() => listeners.has(listener) && safely(channel, listener.onBegin));
      else void settle();
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0 || wanted.get(channel) !== listeners) return;
        wanted.delete(channel);
        if (confirmed.has(channel)) void release(channel);
      };
    },
    isHeard: () => redis.isUp() && missing().length === 0,
    close() {
      closed = true;
      clearInterval(heartbeat);
      clearTimeout(retry);
      wanted.clear();
      subscriber.disconnect();
    },
  };
};
