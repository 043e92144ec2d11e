// One server per database, or many nodes that know of each other: a session advisory lock on a connection of its own, which
// ends with the process that holds it. A server alone holds it alone; nodes share it.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';
import { databaseUnusable } from './database-unusable.ts';
import { connectionTo } from './session-settings.ts';

const SERVER_LOCK = 84_261_937;
/** The backend of a server that was just killed may take a moment to notice. */
const TAKE_TIMEOUT_MS = 3_000;
const RETRY_MS = 100;

const connect = async (url: string, onLost: () => void): Promise<pg.Client> => {
  const client = new pg.Client({
    ...connectionTo(url),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
    application_name: 'trialogue server lock',
  });
  client.on('error', () => {});
  client.on('end', onLost);
  try {
    await client.connect();
  } catch (cause) {
    throw databaseUnusable(cause, client);
  }
  return client;
};

export type ServerLockKind = 'alone' | 'shared';

const TAKE: Readonly<Record<ServerLockKind, string>> = {
  alone: 'SELECT pg_try_advisory_lock($1) AS taken',
  shared: 'SELECT pg_try_advisory_lock_shared($1) AS taken',
};
const RELEASE: Readonly<Record<ServerLockKind, string>> = {
  alone: 'SELECT pg_advisory_unlock($1)',
  shared: 'SELECT pg_advisory_unlock_shared($1)',
};
const ALREADY_RUNNING: Readonly<Record<ServerLockKind, string>> = {
  alone:
    'Another server is running on this database (the same DATA_DIR or DATABASE_URL). Stop it first, or choose another DATA_DIR. For several nodes on one database set REDIS_URL for each of them.',
  shared:
    'A server without REDIS_URL is running on this database. Stop it first, or set REDIS_URL for it too: nodes that share a database must know of each other.',
};

const take = async (client: pg.Client, kind: ServerLockKind): Promise<void> => {
  const deadline = performance.now() + TAKE_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(TAKE[kind], [SERVER_LOCK]);
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) {
      throw new AppError('already_running', ALREADY_RUNNING[kind]);
    }
    await delay(RETRY_MS);
  }
};

export interface ServerLock {
  release(): Promise<void>;
}

/** `onLost`: the connection has ended, so another server may hold the lock by now. Not called by `release()`. */
export const takeServerLock = async (
  url: string,
  onLost: () => void = () => {},
  kind: ServerLockKind = 'alone',
): Promise<ServerLock> => {
  let held = false;
  const client = await connect(url, () => {
    if (held) onLost();
    held = false;
  });
  try {
    await take(client, kind);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  held = true;
  return {
    release: async () => {
      if (!held) return;
      held = false;
      // Unlocked before the connection ends: the next server need not wait for its backend to go.
      await client.query(RELEASE[kind], [SERVER_LOCK]).catch(() => {});
      await client.end();
    },
  };
};

/** Whether some server holds the lock; false when the database cannot be asked. */
export const isServerLocked = async (url: string): Promise<boolean> => {
  try {
    const client = await connect(url, () => {});
    try {
      const { rowCount } = await client.query(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1 AND objsubid = 1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [SERVER_LOCK],
      );
      return (rowCount ?? 0) > 0;
    } finally {
      await client.end();
    }
  } catch {
    return false;
  }
};
