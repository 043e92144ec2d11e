// Browsers promise and sometimes never answer: storage that hangs, locks that throw on being named. Whatever stands between a
// voice and the server is asked through here, and has an answer of ours when the limit is over.
import type { LocalTime } from './local-time.ts';

export class NoAnswer extends Error {
  constructor(limitMs: number) {
    super(`The browser did not answer within ${limitMs} ms.`);
    this.name = 'NoAnswer';
  }
}

/** What `ask` gives; rejects with NoAnswer after `limitMs`, and with whatever `ask` throws, also before it gives a promise. */
export const withinLimit = <Answer>(
  time: LocalTime,
  limitMs: number,
  ask: () => Answer | PromiseLike<Answer>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const cancel = time.after(limitMs, () => reject(new NoAnswer(limitMs)));
    // An async function: what `ask` throws before it gives a promise becomes a rejection as well.
    const asked = (async () => ask())();
    asked.then(resolve, reject).finally(cancel);
  });
