// Reads the settings, starts, and turns signals into one orderly stop. Nothing else starts anything.
import { compose } from './compose/app.ts';
import { parseConfig } from './compose/config.ts';
import { AppError } from './protocol/app-error.ts';

const tell = (error: unknown): void => {
  // Whoever runs it can act on an AppError's message; anything else is a bug and needs its stack.
  const stack = error instanceof Error ? error.stack : undefined;
  const text = error instanceof AppError ? error.message : (stack ?? String(error));
  process.stderr.write(`${text}\n`);
};

try {
  const app = compose(parseConfig(process.env), (error) => {
    tell(error);
    stop(1);
  });
  let stopping = false;
  const stop = (exitCode: number): void => {
    // A second signal changes nothing: the first one is being obeyed.
    if (stopping) return;
    stopping = true;
    app.close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        tell(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
  // A worker's server is gone when the channel closes.
  if (process.connected) process.once('disconnect', () => stop(0));
  await app.start();
} catch (error) {
  tell(error);
  process.exit(1);
}
