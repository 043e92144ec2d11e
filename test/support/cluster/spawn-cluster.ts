// Several server nodes as real processes, with a database, a Redis and a folder of recordings that they share, to be killed,
// paused and started again one by one. Leaves no process, port or file behind, even when the test process is killed.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../../../processes/eventually.ts';
import { freePort } from '../../../processes/free-port.ts';
import { killQuietly } from '../../../processes/process-table.ts';
import { type RedisServer, startRedisServer } from '../../../processes/redis-server.ts';
import {
  type RunningServer,
  type ServerProcess,
  spawnServer,
  spawnServerProcess,
} from '../../../processes/spawn-server.ts';
import { createTcpProxy, type TcpProxy } from '../../../processes/tcp-proxy.ts';
import { tellSweeper } from '../../../processes/tell-sweeper.ts';
import { createTestDatabase } from '../servers/database.ts';
import { createFront, type Front } from './front.ts';

export interface ClusterOptions {
  readonly nodes?: number;
  /** The nodes reach Redis through a proxy that can cut, delay and swallow. */
  readonly redisProxy?: boolean;
  /** Each node reaches the database through a proxy of its own. */
  readonly databaseProxies?: boolean;
  readonly worker?: boolean;
  /** Further settings of the worker alone. */
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** Further settings of every node. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further settings of one node. */
  readonly envOf?: (node: number) => Readonly<Record<string, string>>;
}

export interface ClusterNode {
  readonly url: string;
  readonly port: number;
  /** Of the present process. */
  readonly process: RunningServer;
  readonly databaseProxy: TcpProxy | undefined;
  readonly isRunning: boolean;
  /** Of all its processes so far. */
  output(): string;
  /** Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: its port stays open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Again on the same port. It must have ended. Resolves when it is ready. */
  start(): Promise<void>;
}

export interface TestCluster {
  readonly nodes: readonly ClusterNode[];
  readonly redis: RedisServer;
  readonly redisProxy: TcpProxy | undefined;
  readonly databaseUrl: string;
  readonly researcherKey: string;
  readonly worker: ServerProcess | undefined;
  readonly front: Front;
  /** A door of the front with the nodes in turn. */
  readonly url: string;
  /** What every process has printed, to be shown when a test fails. */
  output(): string;
  close(): Promise<void>;
}

/** The same database by another port. */
const through = (databaseUrl: string, port: number): string => {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
};

const createNode = async (
  env: Readonly<Record<string, string>>,
  databaseProxy: TcpProxy | undefined,
): Promise<ClusterNode> => {
  let server = await spawnServer({ env });
  let running = true;
  let before = '';
  return {
    url: server.url,
    port: server.port,
    databaseProxy,
    get process() {
      return server;
    },
    get isRunning() {
      return running;
    },
    output: () => before + server.output(),
    async kill(signal = 'SIGKILL') {
      running = false;
      await server.kill(signal);
    },
    pause: () => killQuietly(server.pid, 'SIGSTOP'),
    resume: () => killQuietly(server.pid, 'SIGCONT'),
    async start() {
      before += server.output();
      server = await server.restart();
      running = true;
    },
  };
};

export const spawnCluster = async (options: ClusterOptions = {}): Promise<TestCluster> => {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let last = closers.pop(); last; last = closers.pop()) await last();
  };
  try {
    const storage = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-cluster-')));
    tellSweeper('remove', storage);
    closers.push(() => {
      rmSync(storage, { recursive: true, force: true, maxRetries: 3 });
      tellSweeper('forget', storage);
    });
    const database = await createTestDatabase();
    closers.push(() => database.drop());
    const redis = await startRedisServer();
    closers.push(() => redis.stop());
    const redisProxy = options.redisProxy ? await createTcpProxy(redis.port) : undefined;
    closers.push(() => redisProxy?.close());

    const researcherKey = `test-${randomBytes(16).toString('hex')}`;
    const shared = {
      LOG_LEVEL: 'warn',
      REDIS_URL: redisProxy ? `redis://127.0.0.1:${redisProxy.port}` : redis.url,
      AUTH_SECRET: randomBytes(32).toString('hex'),
      RESEARCHER_KEY: researcherKey,
      STORAGE_URL: pathToFileURL(storage).href,
      TRUST_PROXY: 'true',
      ...options.env,
    };
    const proxyOf = async (): Promise<TcpProxy | undefined> => {
      if (!options.databaseProxies) return undefined;
      const proxy = await createTcpProxy(Number(new URL(database.url).port));
      closers.push(() => proxy.close());
      return proxy;
    };
    const startNode = async (_: unknown, index: number): Promise<ClusterNode> => {
      const proxy = await proxyOf();
      const DATABASE_URL = proxy ? through(database.url, proxy.port) : database.url;
      const node = await createNode({ ...shared, ROLE: 'server', DATABASE_URL, ...options.envOf?.(index) }, proxy);
      closers.push(() => {
        // A paused process would hear of its end only when it goes on.
        node.resume();
        return node.process.stop();
      });
      return node;
    };
    const nodes = await Promise.all(Array.from({ length: options.nodes ?? 3 }, startNode));

    let worker: ServerProcess | undefined;
    if (options.worker) {
      const port = await freePort();
      const env = {
        ...shared,
        ROLE: 'worker',
        DATABASE_URL: database.url,
        WORKER_PORT: String(port),
        ...options.workerEnv,
      };
      const started = await spawnServerProcess({ port, env });
      closers.push(() => started.killAll());
      await eventually('the worker is up', () =>
        fetch(`${started.url}/healthz`).then(
          (response) => response.ok,
          () => false,
        ),
      );
      worker = started;
    }

    const front = createFront(nodes.map((node) => node.port));
    closers.push(() => front.close());
    const { url } = await front.open(nodes.map((_, index) => index));
    return {
      nodes,
      redis,
      redisProxy,
      databaseUrl: database.url,
      researcherKey,
      worker,
      front,
      url,
      output: () =>
        [...nodes, ...(worker ? [worker] : [])].map((one, index) => `--- process ${index}\n${one.output()}`).join('\n'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
