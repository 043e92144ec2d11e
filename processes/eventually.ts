// Waits for a condition of the outside world that gives no event of its own (another process, a port, a file).
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves to the first value that is neither undefined nor false; fails with `what` after `timeoutMs`. */
export const eventually = async <T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<Exclude<T, undefined | false>> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(25);
  }
};
