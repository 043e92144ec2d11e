// The connections to Redis of one process. Owns how long anybody waits for Redis: a command is answered within its time limit
// or rejects, and during an outage it rejects at once. Nothing here repeats a command, ends the process or leaves a rejection
// unhandled.
import { Cluster, type Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createAvailability } from './availability.ts';
import { openClient, type RedisClient } from './open-client.ts';
import { isRefusal } from './redis-errors.ts';
import { within } from './within.ts';

export interface RedisConnection {
  /** For commands. A command sent through it directly has no time limit and may reject: handle its promise. */
  readonly client: RedisClient;
  /** Settles within 250 ms: rejects when Redis is away, answers with an error or does not answer. */
  ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** As far as is known; for readiness. */
  isUp(): boolean;
  /** After every outage, when commands are answered again; subscriptions may be back before or after. */
  onBack(callback: () => void): void;
  /** A connection of its own for sharded subscriptions; closed with this one. It does not subscribe again by itself. */
  subscriber(): RedisClient;
  close(): Promise<void>;
}

export const COMMAND_TIMEOUT_MS = 200;
/** With redirections and slot look-ups of a cluster. */
const ASK_TIMEOUT_MS = 250;

const ignore = (): void => {};

/** All masters, for a keyless command goes to any. */
const serversOf = (client: RedisClient): Redis[] => (client instanceof Cluster ? client.nodes('master') : [client]);

const probe = async (client: RedisClient): Promise<void> => {
  const servers = serversOf(client);
  if (servers.length === 0) throw new Error('no server of the Redis Cluster is known');
  await Promise.all(servers.map((server) => within(COMMAND_TIMEOUT_MS, server.ping())));
};

const reconnect = (client: RedisClient): void => {
  for (const server of serversOf(client)) if (server.status === 'ready') server.disconnect(true);
};

const firstAttempt = (client: RedisClient): Promise<void> =>
  new Promise((resolve) => {
    client.once('ready', resolve);
    client.once('error', () => resolve());
    client.once('close', () => resolve());
  });

const disconnect = async (client: RedisClient): Promise<void> => {
  if (client.status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.disconnect();
  await within(ASK_TIMEOUT_MS, ended).catch(ignore);
};

/** Resolves after the first attempt to reach Redis, whether it was there or not. */
export const connectRedis = async ({ url, log }: { url: string; log: Logger }): Promise<RedisConnection> => {
  const client = openClient(url, false);
  const subscribers = new Set<RedisClient>();
  const availability = createAvailability({ probe: () => probe(client), reconnect: () => reconnect(client), log });

  client.on('error', availability.failed);
  client.on('close', () => availability.failed(new Error('the connection to Redis was closed')));
  await firstAttempt(client);

  return {
    client,
    async ask(command) {
      if (!availability.isUp()) throw new Error('Redis is away');
      try {
        return await within(ASK_TIMEOUT_MS, command(client));
      } catch (error) {
        if (!isRefusal(error)) availability.failed(error);
        throw error;
      }
    },
    isUp: availability.isUp,
    onBack: availability.onBack,
    subscriber() {
      const subscriber = openClient(url, true);
      // The connection for commands reports the outage.
      subscriber.on('error', ignore);
      subscribers.add(subscriber);
      subscriber.once('end', () => subscribers.delete(subscriber));
      return subscriber;
    },
    async close() {
      if (availability.isClosed()) return;
      availability.close();
      await Promise.all([client, ...subscribers].map(disconnect));
    },
  };
};
