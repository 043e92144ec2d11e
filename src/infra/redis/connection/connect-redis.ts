// The connections to Redis, one server or a cluster. Owns how long anybody waits for Redis, and its outages: from the first
// failure on, commands fail at once until Redis answers a probe, so that a Redis that hangs costs one time limit and not one
// per command, and piles nothing up. Nothing here retries a command, ends the process or leaves a rejection unhandled.
import { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import { parseRedisAddress } from './redis-address.ts';
import { within } from './within.ts';

export type RedisClient = Redis | Cluster;

export interface RedisConnection {
  /** For commands. What goes through it directly is not covered by `ask`; its promises must be handled. */
  readonly client: RedisClient;
  /** Settles within 250 ms: rejects when Redis is away, answers with an error or not at all. */
  ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** As far as is known; for readiness. */
  isUp(): boolean;
  /** After every outage, when commands are answered again; subscriptions may be back before or after. */
  onBack(callback: () => void): void;
  /** A connection of its own for sharded subscriptions; closed with this one. It does not subscribe anew by itself. */
  subscriber(): RedisClient;
  close(): Promise<void>;
}

export const COMMAND_TIMEOUT_MS = 200;
/** With redirections and slot look-ups of a cluster. */
const ASK_TIMEOUT_MS = 250;
/** For what ioredis asks by itself. It would also strike while the answer is there and this process too busy to read it. */
const DRIVER_TIMEOUT_MS = 1_000;
const PROBE_EVERY_MS = 200;
const SLOTS_REFRESH_MS = 2_000;
/** A connection that owes an answer for this long is made anew: the other side may have vanished without a word. */
const GIVE_UP_CONNECTION_MS = 1_500;
/** Outages in quick succession (one shard of a cluster) are one outage to the log. */
const SAME_OUTAGE_MS = 10_000;

const ignore = (): void => {};
const retryAfter = (attempt: number): number => Math.min(attempt * 50, 500) + Math.random() * 50;

const openClient = (url: string, shardedSubscribers: boolean): RedisClient => {
  const { servers, cluster, tls, username, password, db } = parseRedisAddress(url);
  const options = {
    commandTimeout: DRIVER_TIMEOUT_MS,
    connectTimeout: 1_000,
    socketTimeout: GIVE_UP_CONNECTION_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // ioredis leaves the promises of its own resubscriptions unhandled.
    autoResubscribe: false,
    // After a fail-over behind one name: the old master answers, the new one is found by connecting anew.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(tls && { tls: {} }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  if (cluster) {
    return new Cluster([...servers], {
      redisOptions: options,
      shardedSubscribers,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryAfter,
      clusterNodeRetryStrategy: retryAfter,
      // Repeated by ioredis, the end of a subscription would come after its new beginning.
      ...(shardedSubscribers && { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 }),
      slotsRefreshTimeout: 500,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
    });
  }
  return new Redis({
    ...options,
    ...servers[0],
    ...(db !== undefined && { db }),
    retryStrategy: retryAfter,
    enableOfflineQueue: false,
  });
};

/** Redis answers, but cannot be used for now. */
const UNUSABLE = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|NOAUTH|NOPERM)/;

/** Redis is there but does not like the command: no outage. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !UNUSABLE.test(error.message);

/** What may be logged of an error: ioredis hangs the command's arguments on it, and those are passwords and rooms. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/,? with args.*$/s, '') : 'unknown';

/** All masters, for a keyless command goes to any. */
const serversOf = (client: RedisClient): Redis[] => (client instanceof Cluster ? client.nodes('master') : [client]);

const probe = async (client: RedisClient): Promise<void> => {
  const nodes = serversOf(client);
  if (nodes.length === 0) throw new Error('no server of the Redis Cluster is known');
  await Promise.all(nodes.map((node) => within(COMMAND_TIMEOUT_MS, node.ping())));
};

/** Resolves after the first attempt to reach Redis, whether it was there or not. */
export const connectRedis = async ({ url, log }: { url: string; log: Logger }): Promise<RedisConnection> => {
  const client = openClient(url, false);
  const subscribers = new Set<RedisClient>();
  const backCallbacks: (() => void)[] = [];
  let up = true;
  let closed = false;
  let awaySince = 0;
  let connectionGivenUpAt = 0;
  let cameBackAt = Number.NEGATIVE_INFINITY;
  let probing: NodeJS.Timeout | undefined;

  const probeAgain = async (): Promise<void> => {
    try {
      await probe(client);
    } catch {
      if (closed) return;
      probing = setTimeout(probeAgain, PROBE_EVERY_MS);
      if (performance.now() - connectionGivenUpAt < GIVE_UP_CONNECTION_MS) return;
      connectionGivenUpAt = performance.now();
      for (const server of serversOf(client)) if (server.status === 'ready') server.disconnect(true);
      return;
    }
    if (up || closed) return;
    up = true;
    cameBackAt = performance.now();
    const awayMs = Math.round(cameBackAt - awaySince);
    // A probe that is answered at once: a hiccup of this process more often than of Redis.
    if (awayMs > PROBE_EVERY_MS) log.info({ awayMs }, 'Redis is back');
    for (const callback of backCallbacks) callback();
  };

  const wentAway = (error: unknown): void => {
    if (!up || closed) return;
    up = false;
    awaySince = performance.now();
    connectionGivenUpAt = awaySince;
    if (awaySince - cameBackAt > SAME_OUTAGE_MS) {
      log.warn({ reason: reasonOf(error) }, 'Redis is away: rooms are read from PostgreSQL');
    }
    void probeAgain();
  };

  client.on('error', wentAway);
  client.on('close', () => wentAway(new Error('the connection to Redis was closed')));
  await new Promise<void>((resolve) => {
    client.once('ready', resolve);
    client.once('error', () => resolve());
    client.once('close', () => resolve());
  });

  return {
    client,
    async ask(command) {
      if (!up || closed) throw new Error('Redis is away');
      try {
        return await within(ASK_TIMEOUT_MS, command(client));
      } catch (error) {
        if (!isRefusal(error)) wentAway(error);
        throw error;
      }
    },
    isUp: () => up && !closed,
    onBack: (callback) => {
      backCallbacks.push(callback);
    },
    subscriber() {
      const subscriber = openClient(url, true);
      // The outage is told by the connection for commands.
      subscriber.on('error', ignore);
      subscribers.add(subscriber);
      subscriber.once('end', () => subscribers.delete(subscriber));
      return subscriber;
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(probing);
      await Promise.all(
        [client, ...subscribers].map(async (each) => {
          if (each.status === 'end') return;
          const ended = new Promise<void>((resolve) => each.once('end', resolve));
          each.disconnect();
          await within(ASK_TIMEOUT_MS, ended).catch(ignore);
        }),
      );
    },
  };
};
