// REST and sockets over a real port, on a real database and a real folder: for tests of what the API promises.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createAccessTokens } from '../../../src/access/access-token.ts';
import { createApiKeys } from '../../../src/access/api-keys.ts';
import { createAttemptLimiter } from '../../../src/access/attempt-limiter.ts';
import { iceServersOf } from '../../../src/access/ice-servers.ts';
import { createParticipantAuth } from '../../../src/access/participant-auth.ts';
import { createParticipantTokens } from '../../../src/access/participant-token.ts';
import { createPinGuard } from '../../../src/access/pin-guard.ts';
import { newRoomCode } from '../../../src/access/room-code.ts';
import { isSamePin } from '../../../src/access/same-pin.ts';
import { createHttpApp } from '../../../src/http/create-http-app.ts';
import { createLocalCopies } from '../../../src/infra/memory/local-copies.ts';
import { createLocalValues } from '../../../src/infra/memory/local-values.ts';
import { createApiKeyStore } from '../../../src/infra/postgres/api-key-store.ts';
import { createChunkLedger } from '../../../src/infra/postgres/chunk-ledger.ts';
import { createJournal } from '../../../src/infra/postgres/journal.ts';
import { createPool } from '../../../src/infra/postgres/pool.ts';
import { createPrisma } from '../../../src/infra/postgres/prisma.ts';
import { createRoomResults } from '../../../src/infra/postgres/room-results.ts';
import { createRoomStore } from '../../../src/infra/postgres/room-store.ts';
import { createSignalingInstances } from '../../../src/infra/postgres/signaling-instances.ts';
import { createStudyStore } from '../../../src/infra/postgres/study-store.ts';
import { createTelemetryReader } from '../../../src/infra/postgres/telemetry-reader.ts';
import { createTelemetryWriter } from '../../../src/infra/postgres/telemetry-writer.ts';
import { createSystemClock } from '../../../src/infra/process/system-clock.ts';
import { createFileStore } from '../../../src/infra/storage/file-store.ts';
import { createRealtime } from '../../../src/realtime/create-realtime.ts';
import { createRecordings } from '../../../src/recordings/create-recordings.ts';
import type { StorageSpace } from '../../../src/recordings/ports.ts';
import type { RoomsService } from '../../../src/rooms/create-rooms.ts';
import { createRooms } from '../../../src/rooms/create-rooms.ts';
import type { VoiceStatuses } from '../../../src/rooms/presence/ports.ts';
import { createJoining } from '../../../src/studies/joining.ts';
import { createStudies } from '../../../src/studies/studies.ts';
import { createStudyRooms } from '../../../src/studies/study-rooms.ts';
import { createTestDatabase } from './database.ts';
import { witnessRegistry } from './own-client-witness.ts';

export const RESEARCHER_KEY = 'a researcher key for tests';
export const PUBLIC_URL = 'https://talk.example';
const SECRET = 'a secret of more than thirty-two characters';

export interface ApiServerOptions {
  readonly corsOrigins?: readonly string[];
  readonly trustProxy?: boolean;
  readonly webRoot?: string;
  readonly turnSecret?: string;
  /** What the disk of recordings is said to be. */
  readonly space?: () => Promise<StorageSpace>;
  /** Of uploads that come too fast. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export const startApiServer = async (options: ApiServerOptions = {}) => {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'trialogue-api-'));
  const logged: string[] = [];
  const log = pino(
    { level: 'debug' },
    new Writable({
      write(line, _, next) {
        logged.push(String(line));
        next();
      },
    }),
  );
  const clock = createSystemClock();
  const pool = createPool(database.url, { max: 8, log });
  const prisma = createPrisma(pool);
  const journal = createJournal({ pool, clock, log });
  const telemetry = createTelemetryWriter({ pool, log });
  const tokens = createParticipantTokens({ secret: SECRET });
  const verifyToken = tokens.verifyParticipantToken;
  const voice: VoiceStatuses = createLocalValues();
  const bootId = randomUUID();
  const metrics = new Registry();
  witnessRegistry(metrics);
  const corsOrigins = options.corsOrigins ?? [];
  const realtime = createRealtime({
    corsOrigins,
    publicUrl: undefined,
    clock,
    voice,
    roundTrips: createLocalValues(),
    telemetry,
    instances: createSignalingInstances(pool),
    log,
    bootId: () => bootId,
    newId: randomUUID,
    commitP95Ms: journal.commitP95Ms,
    verifyToken,
    metrics,
  });
  const copies = createLocalCopies();
  const rooms: RoomsService = createRooms({
    journal,
    copies,
    clock,
    // Tests of REST connect people without sockets: nobody is declared lost for having none.
    announcer: { ...realtime.announcer, holds: () => true },
    log,
    metrics,
    newId: randomUUID,
    nodes: { bootId: () => bootId, isDead: () => false, askAfter: () => {}, allows: async () => true },
  });
  const ledger = createChunkLedger(prisma);
  const storage = join(folder, 'storage');
  const blobs = createFileStore({ folder: storage });
  await blobs.check();
  const recordings = createRecordings({
    ledger,
    store: { ...blobs, ...(options.space && { space: options.space }) },
    rooms,
    clock,
    pause: options.pause ?? delay,
    metrics,
    log,
  });
  const studyStore = createStudyStore(prisma);
  const iceServers: Parameters<typeof createJoining>[0]['iceServersOf'] = (participantId, { definition }) =>
    iceServersOf(
      {
        stunUrls: ['stun:stun.example:3478'],
        turnUrls: ['turn:turn.example:3478'],
        ...(options.turnSecret !== undefined && { turnSecret: options.turnSecret }),
      },
      { participantId, definition, now: clock.now() },
    );
  const stopping = new AbortController();
  const pinGuard = createPinGuard({ registry: metrics, log, monotonic: clock.monotonic, pause: delay });
  const app = createHttpApp({
    rooms,
    journal,
    clock,
    studies: createStudies({ store: studyStore, now: clock.now }),
    studyRooms: createStudyRooms({
      studies: studyStore,
      store: createRoomStore(prisma),
      rooms,
      eraseFiles: recordings.eraseFiles,
      newCode: () => newRoomCode(),
      joinUrlOf: (code) => `${PUBLIC_URL}/j/${code}`,
      now: clock.now,
    }),
    joining: createJoining({
      rooms,
      verifyToken,
      issueToken: tokens.issueParticipantToken,
      iceServersOf: iceServers,
      isSamePin,
      pinGuard,
      limiter: createAttemptLimiter({ limit: 30, monotonic: clock.monotonic }),
      now: clock.now,
    }),
    wrongPinsOf: pinGuard.wrongOf,
    results: createRoomResults({ prisma, now: clock.now }),
    telemetry: createTelemetryReader(prisma),
    participants: createParticipantAuth({ tokens, rooms }),
    apiKeys: createApiKeys({ store: createApiKeyStore(prisma), bootstrapKey: RESEARCHER_KEY, now: clock.now }),
    accessTokens: createAccessTokens({ secret: SECRET, now: clock.now }),
    iceServersOf: iceServers,
    recordings,
    voice,
    checkReady: async () => {
      await pool.query('SELECT 1');
    },
    stopping: stopping.signal,
    metrics,
    log,
    corsOrigins,
    trustProxy: options.trustProxy ?? false,
    webRoot: options.webRoot ?? join(folder, 'web'),
  });
  const server = createServer(getRequestListener(app.fetch));
  realtime.serve(rooms, server);
  rooms.start();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    rooms,
    copies,
    prisma,
    ledger,
    blobs,
    /** Folder of the recordings. */
    storage,
    /** How many uploads are being written. */
    unfinished: async () => (await readdir(join(storage, '.unfinished'))).length,
    tokens,
    realtime,
    stopping,
    /** Lines of the log so far. */
    logged,
    async close() {
      stopping.abort();
      realtime.closeTransports();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await realtime.close();
      await rooms.close();
      await telemetry.close();
      await journal.close();
      await prisma.$disconnect();
      await pool.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;
