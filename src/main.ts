// Reads the settings, starts, and turns signals into one orderly stop. Nothing else starts anything.
import { compose } from './compose.ts';
import { parseConfig } from './config.ts';
import { AppError } from './protocol/app-error.ts';

const fail = (error: unknown): never => {
  // Whoever runs it can act on an AppError's message; anything else is a bug and needs its stack.
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

try {
  const app = compose(parseConfig(process.env), { onFatal: fail });
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    // A second signal changes nothing: the first one is being obeyed.
    stopping ??= app.close().then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // A worker's server is gone when the channel closes.
  if (process.connected) process.once('disconnect', stop);
  await app.start();
} catch (error) {
  fail(error);
}
