// Connections to PostgreSQL with bounds on everything that can hang. A broken idle connection is logged and replaced;
// it never ends the process.
import pg from 'pg';
import type { Logger } from 'pino';
import { connectionTo } from './session-settings.ts';

/** Above the statement timeout: fires only when the server does not answer at all (stopped, half-open). */
const ANSWER_TIMEOUT_MS = 12_000;

/** Close with `end()`: it waits for the queries under way. */
export const createPool = (url: string, { max, log }: { readonly max: number; readonly log: Logger }): pg.Pool => {
  const pool = new pg.Pool({
    ...connectionTo(url),
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    application_name: 'trialogue',
  });
  pool.on('error', (error) => log.warn({ err: error.message }, 'an idle database connection broke'));
  // A checked-out client that nobody awaits (between two queries of a transaction) reports its loss here.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
};
