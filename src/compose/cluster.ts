// What nodes share through Redis: the clock, copies of rooms, commits and emissions. Without Redis everything here goes on working,
// except for the start: a node that does not know the room clock must not serve anybody.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { createNodeRegistry } from '../infra/postgres/node-registry.ts';
import { createPool } from '../infra/postgres/pool.ts';
import { agreeOnVocabulary } from '../infra/postgres/vocabulary.ts';
import { systemTimers } from '../infra/process/system-timers.ts';
import { createRedisCommitBus } from '../infra/redis/channels/commit-bus.ts';
import { createRoomChannels } from '../infra/redis/channels/room-channels.ts';
import { createSocketAdapter } from '../infra/redis/channels/socket-adapter.ts';
import { createClusterClock } from '../infra/redis/clock/cluster-clock.ts';
import { createSharedTime } from '../infra/redis/clock/shared-time.ts';
import { connectRedis } from '../infra/redis/connection/connect-redis.ts';
import { createSharedCopies } from '../infra/redis/copies/shared-copies.ts';
import { createRoomKeys } from '../infra/redis/room-keys.ts';
import { createRedisRemotePeers } from '../infra/redis/shared-values/remote-peers.ts';
import { createSharedValues } from '../infra/redis/shared-values/shared-values.ts';
import { AppError } from '../protocol/app-error.ts';
import { sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { SIGNALING_NAMESPACE } from '../protocol/signaling-messages.ts';
import type { Journal } from '../rooms/ports.ts';
import { createNodes } from '../rooms/presence/watched-nodes.ts';
import type { BuildContext } from './context.ts';

const SYNCHRONIZE_AGAIN_MS = 500;

export const openCluster = async ({
  log,
  onClose,
  stopping,
  redisUrl,
  databaseUrl,
  incarnation,
  pool,
  metrics,
}: BuildContext & {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly incarnation: string;
  readonly pool: Pool;
  readonly metrics: Registry;
}) => {
  const keys = createRoomKeys(incarnation);
  const redis = await connectRedis({ url: redisUrl, log });
  onClose(() => redis.close());

  const monotonic = (): number => performance.now();
  const clusterClock = createClusterClock({
    time: createSharedTime({ redis, keys }),
    log,
    monotonic,
    wall: () => Date.now(),
  });
  if (!(await clusterClock.synchronize())) {
    log.warn(
      'the time that the nodes share is not known yet (Redis does not answer, or is doubted): the start waits for it',
    );
    while (!(await clusterClock.synchronize())) {
      if (stopping.aborted) throw new AppError('redis_unusable', 'Stopped while waiting for Redis (REDIS_URL).');
      await delay(SYNCHRONIZE_AGAIN_MS);
    }
  }
  onClose(clusterClock.start());

  new Gauge({
    name: 'trialogue_redis_up',
    help: '1 while Redis answers this node; 0: it works from PostgreSQL alone.',
    registers: [metrics],
    collect() {
      this.set(redis.isUp() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'trialogue_clock_uncertainty_seconds',
    help: "How far this node's room clock may be from the one that all nodes share.",
    registers: [metrics],
    collect() {
      this.set((clusterClock.uncertaintyMs() ?? Number.NaN) / 1_000);
    },
  });

  const channels = createRoomChannels({ redis, log });
  onClose(() => channels.close());
  // Of their own: a flood of emissions must not take the place of commits.
  const emissions = createRoomChannels({ redis, log });
  onClose(() => emissions.close());

  const clock = clusterClock.clock;
  const live = { redis, channels, keys, clock, log };
  const voice = createSharedValues({ ...live, name: 'voice', schema: sessionTelemetrySchemas['voice:status'] });
  const roundTrips = createSharedValues({ ...live, name: 'round-trips', schema: z.number() });
  for (const map of [voice, roundTrips]) onClose(() => map.close());

  const beats = createPool(databaseUrl, { max: 1, log });
  onClose(() => beats.end());
  const registry = createNodeRegistry({ pool: beats });
  const nodes = createNodes({
    registry,
    agree: (vocabulary) => agreeOnVocabulary(pool, vocabulary, { isAlone: false }),
    clock,
    timers: systemTimers,
    newId: randomUUID,
    log,
  });
  const remotePeers = createRedisRemotePeers({
    ...live,
    emissions,
    incarnation,
    namespace: SIGNALING_NAMESPACE,
    nodes,
  });
  onClose(() => remotePeers.close());
  nodes.onGone((bootIds) => {
    for (const bootId of bootIds) remotePeers.bootDied(bootId);
  });

  return {
    redis,
    keys,
    channels,
    emissions,
    clock,
    nodes,
    liveBoots: registry.listed,
    voice,
    roundTrips,
    remotePeers,
    sharedCopies: (journal: Pick<Journal, 'definition'>) =>
      createSharedCopies({ redis, keys, log, definitionOf: journal.definition }),
    bus: createRedisCommitBus({ channels, keys }),
    adapter: createSocketAdapter({ channels: emissions, incarnation }),
    async checkReady() {
      await redis.ask((client) => client.ping());
    },
  };
};
