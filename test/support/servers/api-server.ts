// REST and sockets over a real port, on a real database and a real folder: for tests of what the API promises.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import { assembleNode } from '../../../src/node/assemble-node.ts';
import { createSocketServer } from '../../../src/realtime/socket-server.ts';
import type { StorageSpace } from '../../../src/recordings/ports.ts';
import { createTestDatabase } from './database.ts';
import { openTestPorts } from './test-ports.ts';

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
  /** How intervals are measured, ms. */
  readonly monotonic?: () => number;
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
  const storage = join(folder, 'storage');
  const { ports, prisma, close: closePorts } = openTestPorts({ databaseUrl: database.url, folder: storage, log });
  await ports.store.check();
  const { metrics } = ports;
  const corsOrigins = options.corsOrigins ?? [];
  const stopping = new AbortController();
  const { rooms, realtime, httpApp, tokens } = assembleNode(
    {
      ...ports,
      // Tests of REST commit connections under names of processes of their own.
      nodes: { ...ports.nodes, isDead: () => false },
      store: { ...ports.store, ...(options.space && { space: options.space }) },
      pause: options.pause ?? ports.pause,
      clock: { ...ports.clock, ...(options.monotonic && { monotonic: options.monotonic }) },
      io: createSocketServer({ corsOrigins, publicUrl: undefined, adapter: undefined, metrics, log }),
      stopping: stopping.signal,
    },
    {
      ...{ corsOrigins, secret: SECRET, researcherKey: RESEARCHER_KEY },
      trustProxy: options.trustProxy ?? false,
      webRoot: options.webRoot ?? join(folder, 'web'),
      publicUrl: () => PUBLIC_URL,
      ice: {
        stunUrls: ['stun:stun.example:3478'],
        turnUrls: ['turn:turn.example:3478'],
        turnSecret: options.turnSecret,
      },
    },
  );
  const server = createServer(getRequestListener(httpApp.fetch));
  realtime.attach(server);
  rooms.start();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    rooms,
    copies: ports.copies,
    prisma,
    ledger: ports.ledger,
    blobs: ports.store,
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
      await closePorts();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;
