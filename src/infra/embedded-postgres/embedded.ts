// A real PostgreSQL in DATA_DIR, started and stopped with the server and kept running in between. It lives in a process
// group of its own, so that Ctrl-C does not stop it in mid-commit, and outlives a killed server: the next start adopts it.
import { open, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { AppError } from '../../protocol/app-error.ts';
import { type Cluster, prepareCluster, USER } from './embedded-cluster.ts';
import { spawnAs } from './embedded-command.ts';
import { disownPidFile, endPostmaster, readPostmaster, runsOn } from './embedded-postmaster.ts';

const DATABASE = 'trialogue';
/** Recovery after a crash replays at most a gigabyte of log. */
const START_TIMEOUT_MS = 60_000;
/** Backends of a killed postmaster end when they notice; until then its memory counts as in use. */
const LINGER_TIMEOUT_MS = 15_000;
const STOP_MS = 9_000;
/** While it starts there is little to put in order. */
const GIVE_UP_MS = 3_000;
const LOCK_CHECK_MS = 1_000;
const POLL_MS = 20;
const WATCH_MS = 1_000;
const LOG_LIMIT_BYTES = 10_000_000;

export interface EmbeddedPostgres {
  readonly url: string;
  /** Resolves when no process of it is left. Leaves it running when another server has taken it over meanwhile. */
  stop(withinMs?: number): Promise<void>;
}

const urlOf = (cluster: Cluster, port: number, database: string): string =>
  `postgresql://${USER}:${cluster.password}@127.0.0.1:${port}/${database}?sslmode=disable`;

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address === null || typeof address === 'string' ? fail(new Error('no port')) : done(address.port),
      );
    });
  });

const logSize = async (cluster: Cluster): Promise<number> =>
  stat(cluster.logFile).then(
    ({ size }) => size,
    () => 0,
  );

const logSince = async (cluster: Cluster, offset: number): Promise<string> => {
  const handle = await open(cluster.logFile, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(Math.max((await handle.stat()).size - offset, 0), 64_000));
    await handle.read(buffer, 0, buffer.length, offset);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
};

interface Starting {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Starts a postmaster. Resolves when it takes connections, or with what it said before it ended. Aborted, it leaves none. */
const launch = async (
  cluster: Cluster,
  port: number,
  { log: serverLog, signal }: Starting,
): Promise<{ ready: true } | { ready: false; said: string }> => {
  if ((await logSize(cluster)) > LOG_LIMIT_BYTES) await truncate(cluster.logFile, 0);
  const offset = await logSize(cluster);
  const log = await open(cluster.logFile, 'a', 0o600);
  const { account } = cluster;
  // So that the same account can start the server without root one day.
  if (account !== undefined && account.inNamespace === undefined) await log.chown(account.uid, account.gid);
  const settings = [
    ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=100'],
    ...['fsync=on', 'full_page_writes=on', 'synchronous_commit=on', 'logging_collector=off', 'log_checkpoints=off'],
    ...['jit=off', 'timezone=UTC', 'log_timezone=UTC'],
    // One call instead of one per file before recovery: a tenth of a second instead of one on a busy machine.
    ...(process.platform === 'linux' ? ['recovery_init_sync_method=syncfs'] : []),
  ];
  const args = ['-D', cluster.dataFolder, ...settings.flatMap((setting) => ['-c', setting])];
  const child = spawnAs(account, cluster.binaries.postgres, args, {
    cwd: cluster.folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended ??= `ended with ${signal ?? `code ${code}`}`;
  });
  child.unref();
  await log.close();
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (ended === undefined) {
    if (signal.aborted && child.pid !== undefined)
      await endPostmaster(cluster.dataFolder, child.pid, { log: serverLog, withinMs: GIVE_UP_MS });
    signal.throwIfAborted();
    const postmaster = await readPostmaster(cluster.dataFolder);
    if (postmaster?.pid === child.pid && postmaster?.ready) return { ready: true };
    if (performance.now() > deadline) {
      throw new AppError(
        'database_start_failed',
        `The embedded PostgreSQL was not ready after ${START_TIMEOUT_MS / 1_000} s. It goes on recovering; see ${cluster.logFile} and start again.`,
      );
    }
    await delay(POLL_MS);
  }
  return { ready: false, said: `${await logSince(cluster, offset)}\n${ended}`.trim() };
};

const ensureDatabase = async (cluster: Cluster, port: number): Promise<void> => {
  const client = new pg.Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount !== 0) return;
    await client.query(`CREATE DATABASE ${DATABASE}`).catch((error: { code?: string }) => {
      const madeMeanwhile = error.code === '42P04' || error.code === '23505';
      if (!madeMeanwhile) throw error;
    });
  } finally {
    await client.end();
  }
};

/** Only where they come from the same moment's other start or from a killed predecessor does it help to try again. */
const PASSING = /pre-existing shared memory block|lock file "postmaster.pid" already exists|Is another postmaster/;
const WRONG_PASSWORD = '28P01';
const PORT_TAKEN = /could not bind|could not create any TCP\/IP sockets/;

/** Adopts what runs on the data folder or starts it; returns the port. */
const bringUp = async (cluster: Cluster, starting: Starting, wantedPort?: number): Promise<number> => {
  const { log, signal } = starting;
  const begin = performance.now();
  let said = '';
  for (let port = wantedPort; performance.now() - begin < START_TIMEOUT_MS; await delay(POLL_MS)) {
    signal.throwIfAborted();
    const found = await readPostmaster(cluster.dataFolder);
    if (found !== undefined && (await runsOn(found.pid, cluster.dataFolder))) {
      said = `process ${found.pid} runs on it but takes no connections`;
      if (!found.ready || found.port === undefined) continue;
      try {
        await ensureDatabase(cluster, found.port);
        log.info({ pid: found.pid }, 'the embedded database is still running, using it');
        return found.port;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === WRONG_PASSWORD) {
          said = `it refuses the password in ${cluster.folder}`;
          break;
        }
        // It may be shutting down: look again.
        said += `: ${error instanceof Error ? error.message : error}`;
        continue;
      }
    }
    if (found !== undefined) await disownPidFile(cluster.dataFolder, found.pid);
    port ??= await freePort();
    const result = await launch(cluster, port, starting);
    if (result.ready) {
      await ensureDatabase(cluster, port);
      return port;
    }
    said = result.said;
    if (PORT_TAKEN.test(said) && wantedPort === undefined) port = undefined;
    else if (!PASSING.test(said) || performance.now() - begin > LINGER_TIMEOUT_MS) break;
    await delay(5 * POLL_MS);
  }
  const reason = said.split('\n').find((line) => /FATAL|PANIC/.test(line)) ?? said.split('\n').at(-1);
  throw new AppError(
    'database_start_failed',
    `The embedded PostgreSQL does not start: ${reason?.replace(/^.*?(FATAL|PANIC):\s*/, '')}. See ${cluster.logFile}.`,
  );
};

export const startEmbeddedPostgres = async (options: {
  readonly dataDir: string;
  readonly log: Logger;
  /** Whether another server holds the database at this URL, so that it must be left running. */
  readonly isInUse: (url: string) => Promise<boolean>;
  /** Aborted before it has started, it gives up and leaves no process. */
  readonly stopping?: AbortSignal;
}): Promise<EmbeddedPostgres> => {
  const { log } = options;
  const stopped = new AbortController();
  const cluster = await prepareCluster(resolve(options.dataDir), options.stopping);
  const port = await bringUp(cluster, { log, signal: options.stopping ?? stopped.signal });
  const url = urlOf(cluster, port, DATABASE);

  let stopping: Promise<void> | undefined;
  let restarting: Promise<unknown> | undefined;
  const watch = async () => {
    const postmaster = await readPostmaster(cluster.dataFolder);
    if (postmaster !== undefined && (await runsOn(postmaster.pid, cluster.dataFolder))) return;
    if (stopping !== undefined) return;
    log.error('the embedded database has ended unexpectedly, starting it again');
    await bringUp(cluster, { log, signal: stopped.signal }, port);
  };
  const watcher = setInterval(() => {
    restarting ??= watch()
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) log.error({ err: error }, 'the embedded database could not be started again');
      })
      .finally(() => {
        restarting = undefined;
      });
  }, WATCH_MS);
  watcher.unref();

  const stop = async (withinMs: number) => {
    const deadline = performance.now() + withinMs;
    clearInterval(watcher);
    stopped.abort();
    await restarting;
    // A database that does not answer serves nobody.
    if (await Promise.race([options.isInUse(url), delay(LOCK_CHECK_MS, false, { ref: false })])) {
      log.info('another server uses the embedded database, leaving it running');
      return;
    }
    const postmaster = await readPostmaster(cluster.dataFolder);
    if (postmaster === undefined || !(await runsOn(postmaster.pid, cluster.dataFolder))) return;
    const leftMs = Math.max(0, deadline - performance.now());
    await endPostmaster(cluster.dataFolder, postmaster.pid, { log, withinMs: leftMs });
  };
  return {
    url,
    stop: (withinMs = STOP_MS) => {
      stopping ??= stop(withinMs);
      return stopping;
    },
  };
};
