// A process that owns an embedded database, for tests that kill it: node embedded-child.ts DATA_DIR
// Prints one line of JSON when it holds the server lock, or {code, message} and ends. SIGTERM: stops in order.
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked, takeServerLock } from '../../../src/infra/postgres/server-lock.ts';
import { AppError } from '../../../src/protocol/app-error.ts';

const server = await startEmbeddedPostgres({
  dataDir: process.argv[2] ?? '',
  log: pino({ level: 'silent' }),
  isInUse: isServerLocked,
}).catch((error: unknown) => {
  if (!(error instanceof AppError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
  process.exit(1);
});
try {
  const lock = await takeServerLock(server.url);
  console.log(JSON.stringify({ url: server.url }));
  const alive = setInterval(() => {}, 60_000);
  process.on('SIGTERM', async () => {
    clearInterval(alive);
    await lock.release();
    await server.stop();
  });
} catch (error) {
  await server.stop();
  console.log(JSON.stringify({ code: error instanceof AppError ? error.code : 'bug', message: String(error) }));
}
