// Which channels this node wants, and which of them Redis has confirmed. Keeps them subscribed: after every loss of the
// connection, and again and again where Redis refused. Owns the states below; the connection has a file of its own.
//
// settled     Every wanted channel is confirmed. At the start, and from `confirming` when nothing is missing.
// confirming  Redis is being asked for what is missing. From `settled` or `retrying`: a channel is wanted, the connection was
//             lost, or the pause is over. What is lost in this state is asked for after the next pause.
// retrying    A pause of RETRY_MS. From `confirming` when something is still missing; a connection on which nothing takes
//             effect for too long is replaced on the way.
// closed      From every other state, for good.
import assert from 'node:assert/strict';
import type { Logger } from 'pino';
import type { RedisConnection } from '../connection/connect-redis.ts';
import { type ChannelListener, createChannelListeners } from './channel-listeners.ts';
import { createSubscriberConnection } from './subscriber-connection.ts';

type State = 'settled' | 'confirming' | 'retrying' | 'closed';

const ENTERED_FROM: Readonly<Record<State, readonly State[]>> = {
  settled: ['confirming'],
  confirming: ['settled', 'retrying'],
  retrying: ['confirming'],
  closed: ['settled', 'confirming', 'retrying'],
};

export interface Subscriptions {
  /** Returns the unsubscription. */
  subscribe(channel: string, listener: ChannelListener): () => void;
  /** Every wanted channel is confirmed. */
  areAllConfirmed(): boolean;
  close(): void;
}

interface SubscriptionsOptions {
  readonly redis: Pick<RedisConnection, 'subscriber' | 'isUp'>;
  readonly log: Logger;
  /** What the listeners of a channel get of a message; undefined: it is not for them. */
  readonly contentOf: (message: string) => string | undefined;
}

/** So few that all of them are answered within the time limit of one. */
const SUBSCRIBE_AT_ONCE = 100;
const RETRY_MS = 250;
/** No subscription takes effect for so long while commands are answered: the connection is stuck and is replaced. */
const STUCK_MS = 2_000;
/** A connection that is being made gets longer: opened again each time, it would never be ready on a busy machine. */
const CONNECTING_MS = 10_000;

export const createSubscriptions = ({ redis, log, contentOf }: SubscriptionsOptions): Subscriptions => {
  /** Their channels are those that are wanted. */
  const listeners = createChannelListeners(log);
  const confirmed = new Set<string>();
  let state: State = 'settled';
  let retry: NodeJS.Timeout | undefined;
  /** Since when (monotonic) nothing has taken effect although Redis is up. */
  let failingSince: number | undefined;

  const missing = (): string[] => listeners.channels().filter((channel) => !confirmed.has(channel));
  const isClosed = (): boolean => state === 'closed';

  const enter = (next: State): void => {
    assert.ok(ENTERED_FROM[next].includes(state), `subscriptions go from ${state} to ${next}`);
    state = next;
    clearTimeout(retry);
    if (next === 'retrying') retry = setTimeout(settle, RETRY_MS);
    if (next === 'settled') failingSince = undefined;
  };

  const connection = createSubscriberConnection({
    redis,
    onMessage(channel, message) {
      const content = contentOf(message);
      if (content !== undefined) listeners.receive(channel, content);
    },
    onLost() {
      confirmed.clear();
      void settle();
    },
    subscribed: () => [...confirmed],
  });

  const release = async (channel: string): Promise<void> => {
    confirmed.delete(channel);
    // A failure means that it is not subscribed.
    await connection.unsubscribe(channel).catch(() => {});
  };

  const confirm = async (channel: string): Promise<void> => {
    const asked = connection.generation();
    try {
      await connection.subscribe(channel);
    } catch {
      // Without this ioredis would remember the channel of a cluster once more with every attempt.
      return release(channel);
    }
    if (!listeners.has(channel)) return release(channel);
    // Confirmed on a connection that was lost meanwhile: still missing.
    if (asked !== connection.generation()) return;
    confirmed.add(channel);
    failingSince = undefined;
    listeners.begin(channel);
  };

  /** Each channel once; also those that are wanted only since this began. */
  const confirmMissing = async (): Promise<void> => {
    const tried = new Set<string>();
    while (connection.isReady()) {
      const channels = missing().filter((channel) => !tried.has(channel));
      if (channels.length === 0) return;
      const next = channels.slice(0, SUBSCRIBE_AT_ONCE);
      for (const channel of next) tried.add(channel);
      await Promise.all(next.map(confirm));
    }
  };

  const replaceIfStuck = (): void => {
    if (!redis.isUp()) failingSince = undefined;
    else failingSince ??= performance.now();
    const patienceMs = connection.isReady() ? STUCK_MS : CONNECTING_MS;
    if (failingSince === undefined || performance.now() - failingSince <= patienceMs) return;
    failingSince = undefined;
    log.warn('subscriptions keep failing: their connection is replaced');
    connection.replace();
  };

  const settle = async (): Promise<void> => {
    if (state === 'confirming' || state === 'closed') return;
    enter('confirming');
    await confirmMissing();
    if (isClosed()) return;
    if (missing().length === 0) return enter('settled');
    replaceIfStuck();
    enter('retrying');
  };

  return {
    subscribe(channel, listener) {
      listeners.add(channel, listener);
      if (confirmed.has(channel)) listeners.beginSoon(channel, listener);
      else void settle();
      return () => {
        if (listeners.remove(channel, listener) && confirmed.has(channel)) void release(channel);
      };
    },
    areAllConfirmed: () => missing().length === 0,
    close() {
      if (isClosed()) return;
      enter('closed');
      listeners.clear();
      connection.close();
    },
  };
};
