// The database of a server process: embedded or given, migrated, and held: alone, or with the other nodes.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../infra/embedded-postgres/embedded.ts';
import { incarnationOf } from '../infra/postgres/incarnation.ts';
import { migrate } from '../infra/postgres/migrate.ts';
import { createPool } from '../infra/postgres/pool.ts';
import { createPrisma } from '../infra/postgres/prisma.ts';
import { isServerLocked, type ServerLockKind, takeServerLock } from '../infra/postgres/server-lock.ts';
import { refuseNewerEvents } from '../infra/postgres/vocabulary.ts';
import { AppError } from '../protocol/app-error.ts';
import { VOCABULARY } from '../protocol/event-vocabulary.ts';
import type { BuildContext } from './context.ts';

export const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** Of the journal alone: commands and connecting people never queue behind uploads, lists and exports. */
const JOURNAL_CONNECTIONS = 5;
const CONNECTIONS = 9;
const RELOCK_EVERY_MS = 1_000;

type LockOptions = Pick<BuildContext, 'log' | 'onFatal'> & { readonly url: string; readonly kind: ServerLockKind };

/** Holds the one-server lock through restarts of the database; whoever else takes it meanwhile is the server from then on. */
const holdServerLock = async ({ url, kind, log, onFatal }: LockOptions): Promise<{ release(): Promise<void> }> => {
  let released = false;
  const regain = async (): Promise<void> => {
    log.warn('the database closed the connection that holds the server lock');
    while (!released) {
      try {
        lock = await takeServerLock(url, regain, kind);
        if (released) await lock.release();
        return;
      } catch (error) {
        if (error instanceof AppError && error.code === 'already_running') return onFatal(error);
        await delay(RELOCK_EVERY_MS);
      }
    }
  };
  let lock = await takeServerLock(url, regain, kind);
  return {
    async release() {
      released = true;
      await lock.release();
    },
  };
};

export const openDatabase = async ({ config, log, onClose, onClosed, onFatal, stopping }: BuildContext) => {
  let url = config.databaseUrl;
  if (url === undefined) {
    const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log, stopping, isInUse: isServerLocked });
    onClosed((withinMs) => embedded.stop(withinMs));
    url = embedded.url;
  }
  // The embedded database is one server's own, whatever else it shares.
  const kind = config.redisUrl !== undefined && config.databaseUrl !== undefined ? 'shared' : 'alone';
  const lock = await holdServerLock({ url, kind, log, onFatal });
  onClose(() => lock.release());
  await migrate(url, MIGRATIONS);

  const pool = createPool(url, { max: CONNECTIONS, log });
  onClose(() => pool.end());
  const journalPool = createPool(url, { max: JOURNAL_CONNECTIONS, log });
  onClose(() => journalPool.end());
  const prisma = createPrisma(pool);
  onClose(() => prisma.$disconnect());
  const incarnation = await incarnationOf(pool);
  await refuseNewerEvents(pool, VOCABULARY);
  return { url, pool, journalPool, prisma, incarnation };
};
