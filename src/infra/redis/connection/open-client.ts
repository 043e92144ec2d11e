// How the connections to Redis are opened, one server or a cluster: time limits of the driver, and everything by which ioredis
// would repeat a command or subscribe again on its own switched off. Knows nothing of outages.
import { Cluster, Redis } from 'ioredis';
import { parseRedisAddress } from './redis-address.ts';

export type RedisClient = Redis | Cluster;

/** For what ioredis asks by itself. It would also strike while the answer is there and this process too busy to read it. */
const DRIVER_TIMEOUT_MS = 1_000;
const SLOTS_REFRESH_MS = 2_000;
/** A connection that owes an answer for this long is opened again: the other side may have vanished without closing it. */
export const GIVE_UP_CONNECTION_MS = 1_500;

const retryAfter = (attempt: number): number => Math.min(attempt * 50, 500) + Math.random() * 50;

/** `shardedSubscribers`: the connection is for subscriptions, which it keeps on every master of a cluster. */
export const openClient = (url: string, shardedSubscribers: boolean): RedisClient => {
  const { servers, cluster, tls, username, password, db } = parseRedisAddress(url);
  const options = {
    commandTimeout: DRIVER_TIMEOUT_MS,
    connectTimeout: 1_000,
    socketTimeout: GIVE_UP_CONNECTION_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // ioredis leaves the promises of its own resubscriptions unhandled.
    autoResubscribe: false,
    // After a fail-over behind one name: the old master still answers; connecting again finds the new one.
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
