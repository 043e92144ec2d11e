// One server per database: a session advisory lock on a connection of its own, which ends with the process that holds it.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';
import { databaseUnusable } from './database-unusable.ts';

const SERVER_LOCK = 84_261_937;
/** The backend of a server that was just killed may take a moment to notice. */
const TAKE_TIMEOUT_MS = 3_000;
const RETRY_MS = 100;

const connect = async (url: string, onLost: () => void): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
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

const take = async (client: pg.Client): Promise<void> => {
  const deadline = performance.now() + TAKE_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [SERVER_LOCK]);
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) {
      throw new AppError(
        'already_running',
        'Another server is running on this database (the same DATA_DIR or DATABASE_URL). Stop it first, or choose another DATA_DIR.',
      );
    }
    await delay(RETRY_MS);
  }
};

export interface ServerLock {
  release(): Promise<void>;
}

/** `onLost`: the connection has ended, so another server may hold the lock by now. Not called by `release()`. */
export const takeServerLock = async (url: string, onLost: () => void = () => {}): Promise<ServerLock> => {
  let held = false;
  const client = await connect(url, () => {
    if (held) onLost();
    held = false;
  });
  try {
    await take(client);
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
      await client.query('SELECT pg_advisory_unlock($1)', [SERVER_LOCK]).catch(() => {});
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
