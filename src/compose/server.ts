// The server process: database, rooms, sockets and REST on one port, and the worker as its child. In the order in which
// things need each other; what is opened here is closed in reverse.
import { hash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createAttemptLimiter } from '../access/attempt-limiter.ts';
import { createLocalCopies } from '../infra/memory/local-copies.ts';
import { createLocalValues } from '../infra/memory/local-values.ts';
import { createApiKeyStore } from '../infra/postgres/api-key-store.ts';
import { createChunkLedger } from '../infra/postgres/chunk-ledger.ts';
import { createJournal } from '../infra/postgres/journal.ts';
import { publishRoomClock } from '../infra/postgres/room-clock.ts';
import { createRoomResults } from '../infra/postgres/room-results.ts';
import { createRoomStore } from '../infra/postgres/room-store.ts';
import { createSignalingInstances } from '../infra/postgres/signaling-instances.ts';
import { createStudyStore } from '../infra/postgres/study-store.ts';
import { createTelemetryReader } from '../infra/postgres/telemetry-reader.ts';
import { createTelemetryWriter } from '../infra/postgres/telemetry-writer.ts';
import { agreeOnVocabulary } from '../infra/postgres/vocabulary.ts';
import { openPort } from '../infra/process/open-port.ts';
import { secretOf } from '../infra/process/secret-file.ts';
import { startStallWatch } from '../infra/process/stall-watch.ts';
import { superviseWorker } from '../infra/process/supervise-worker.ts';
import { startSystemClock } from '../infra/process/system-clock.ts';
import { systemTimers } from '../infra/process/system-timers.ts';
import { createRedisAttemptLimiter } from '../infra/redis/attempt-limiter.ts';
import { makeFolders } from '../infra/storage/make-folders.ts';
import { assembleNode } from '../node/assemble-node.ts';
import { AppError } from '../protocol/app-error.ts';
import { createSocketServer } from '../realtime/socket-server.ts';
import { createTwoLevelCopies } from '../rooms/copies/two-level-copies.ts';
import { createLoneNode } from '../rooms/presence/nodes.ts';
import type { VoiceStatus } from '../rooms/presence/ports.ts';
import { bannerOf } from './banner.ts';
import { openCluster } from './cluster.ts';
import type { Config } from './config.ts';
import type { BuildContext } from './context.ts';
import { openDatabase } from './database.ts';
import { recordingStoreOf } from './recording-store.ts';

const RESEARCHER_KEY_FILE = 'researcher-key';
/** Refused joins that one address may make in a minute. */
const REFUSED_JOINS = 30;
const WEB_ROOT = fileURLToPath(new URL('../../dist/web', import.meta.url));
const ENTRY = fileURLToPath(new URL('../main.ts', import.meta.url));

const openDataDir = async (folder: string): Promise<void> => {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('data_dir_unusable', `The folder ${folder} (DATA_DIR) cannot be used: ${reason}.`, { cause });
  }
};

/** Nodes that are given no key must still have the same: it comes from the secret that they share. */
const researcherKeyOf = async ({ researcherKey, redisUrl, authSecret, dataDir }: Config) => {
  if (researcherKey !== undefined) return { secret: researcherKey, created: false };
  if (redisUrl === undefined || authSecret === undefined) return secretOf(dataDir, RESEARCHER_KEY_FILE);
  return secretOf(dataDir, RESEARCHER_KEY_FILE, () => hash('sha256', `researcher ${authSecret}`, 'base64url'));
};

export const buildServer = async (context: BuildContext): Promise<void> => {
  const { config, log, onClose } = context;
  await openDataDir(config.dataDir);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });

  const { url: databaseUrl, pool, journalPool, prisma, incarnation } = await openDatabase(context);
  const cluster =
    config.redisUrl === undefined
      ? undefined
      : await openCluster({ ...context, redisUrl: config.redisUrl, databaseUrl, incarnation, pool, metrics });
  const clock = cluster?.clock ?? startSystemClock(context);
  onClose(await publishRoomClock(pool, clock.now, log));
  const journal = createJournal({ pool: journalPool, clock, log });
  onClose(() => journal.close());
  const telemetry = createTelemetryWriter({ pool, log });
  onClose(() => telemetry.close());
  const nodes = cluster?.nodes ?? createLoneNode(randomUUID(), (n) => agreeOnVocabulary(pool, n, { isAlone: true }));
  const store = recordingStoreOf(config, nodes.bootId);
  await store.check();

  const researcher = await researcherKeyOf(config);
  const secret = config.authSecret ?? (await secretOf(config.dataDir, 'auth-secret')).secret;
  const localCopies = createLocalCopies();
  new Gauge({
    name: 'trialogue_room_copies_bytes',
    help: 'What the copies of rooms in memory take, as estimated; at most a quarter of the heap.',
    registers: [metrics],
    collect() {
      this.set(localCopies.bytes());
    },
  });
  const ownLimiter = createAttemptLimiter({ limit: REFUSED_JOINS, monotonic: clock.monotonic });
  const server = createServer();
  const port = (): number => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : config.port;
  };
  const publicUrl = (): string => config.publicUrl ?? `http://localhost:${port()}`;

  const { rooms, realtime, httpApp, recordings, studyRooms } = assembleNode(
    {
      ...{ clock, log, metrics, journal, nodes, telemetry, store },
      ...{ timers: systemTimers, pause: delay, newId: randomUUID, stopping: context.stopping },
      copies: cluster
        ? createTwoLevelCopies({ own: localCopies, shared: cluster.sharedCopies(journal), journal })
        : localCopies,
      bus: cluster?.bus,
      voice: cluster?.voice ?? createLocalValues<VoiceStatus>(),
      roundTrips: cluster?.roundTrips ?? createLocalValues<number>(),
      io: createSocketServer({ ...config, adapter: cluster?.adapter, metrics, log }),
      remotePeers: cluster?.remotePeers,
      instances: createSignalingInstances(pool),
      studies: createStudyStore(prisma),
      studyRooms: createRoomStore(prisma),
      results: createRoomResults({ prisma, now: clock.now }),
      storedTelemetry: createTelemetryReader(prisma),
      apiKeys: createApiKeyStore(prisma),
      ledger: createChunkLedger(prisma),
      limiter: cluster
        ? createRedisAttemptLimiter({ ...cluster, secret, limit: REFUSED_JOINS, own: ownLimiter, log })
        : ownLimiter,
      checkReady: async () => {
        await Promise.all([pool.query('SELECT 1'), cluster?.checkReady()]);
      },
    },
    {
      ...{ secret, publicUrl, webRoot: WEB_ROOT, researcherKey: researcher.secret },
      ...{ corsOrigins: config.corsOrigins, trustProxy: config.trustProxy, ice: config },
    },
  );

  server.on('request', getRequestListener(httpApp.fetch));
  realtime.attach(server);
  if (cluster) {
    cluster.nodes.onDeath(() => void rooms.loseDeadConnections());
    cluster.nodes.onDeclaredDead(() => realtime.closeTransports());
    await cluster.nodes.start();
    onClose(() => cluster.nodes.stop());
  }
  const stopTidying = recordings.startTidying({
    // Without Redis nobody else can be writing into this folder.
    liveBoots: cluster?.liveBoots ?? (async () => new Set([nodes.bootId()])),
    finishErasing: studyRooms.finishErasing,
  });
  onClose(stopTidying);
  rooms.start();
  onClose(() => rooms.close());
  onClose(() => realtime.close());
  if (config.role === 'all') {
    const env = { ...config.inheritedEnv, ROLE: 'worker', DATABASE_URL: databaseUrl, DATA_DIR: config.dataDir };
    const worker = superviseWorker({ entry: ENTRY, env, log });
    // Beside the port: both may take seconds.
    context.stopping.addEventListener('abort', () => void worker.stop());
    onClose(() => worker.stop());
  }
  const open = await openPort(server, config.port, config.host);
  onClose(async () => {
    // Nobody new, and everybody who is here may look for another node at once.
    const closed = open.close();
    realtime.closeTransports();
    await closed;
  });
  // From here on somebody waits.
  onClose(startStallWatch({ log, monotonic: clock.monotonic }));
  const base = publicUrl();
  const newKey = researcher.created ? researcher.secret : undefined;
  process.stdout.write(bannerOf({ base, newKey, keyFile: join(config.dataDir, RESEARCHER_KEY_FILE) }));
};
