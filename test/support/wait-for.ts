// Waits for a condition that nothing announces (a row of another process, a state of the operating system).
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves with the first answer that is neither undefined nor false; rejects, naming what was awaited, after `timeoutMs`. */
export const waitFor = async <Answer>(
  what: string,
  look: () => Answer | Promise<Answer>,
  timeoutMs = 10_000,
): Promise<Exclude<Answer, undefined | false>> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(10);
  }
};
