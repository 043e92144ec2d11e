// Uploads of one participant take turns: a few run at once, the others wait in the order in which they came, so that many uploads
// of one participant do not slow the others. A waiting upload has not been read yet and costs next to nothing.
import type { Refusal } from '../protocol/error-codes.ts';

const AT_ONCE = 4;
/** A recorder sends one after the other; this is somebody who tries everything at once. */
const MAX_WAITING = 64;

export interface UploadTurns {
  /** Runs it when its turn has come. `signal` is aborted when the sender hangs up. */
  take<Result>(
    participantId: string,
    run: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result | { readonly ok: false; readonly refusal: Refusal }>;
}

export const createUploadTurns = (): UploadTurns => {
  /** `running` at least one; goes with the last. */
  const lines = new Map<string, { running: number; readonly waiting: Set<() => void> }>();

  const wait = (waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<boolean> =>
    new Promise((resolve) => {
      const leave = () => {
        waiting.delete(go);
        resolve(false);
      };
      const go = () => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      waiting.add(go);
      signal?.addEventListener('abort', leave, { once: true });
    });

  return {
    async take(participantId, run, signal) {
      const line = lines.get(participantId) ?? { running: 0, waiting: new Set() };
      lines.set(participantId, line);
      if (line.running < AT_ONCE) line.running += 1;
      else if (signal?.aborted || line.waiting.size >= MAX_WAITING) return { ok: false, refusal: { code: 'busy' } };
      // An upload that ends hands its place to the next one, so `running` stays the same.
      else if (!(await wait(line.waiting, signal))) return { ok: false, refusal: { code: 'unavailable' } };
      try {
        return await run();
      } finally {
        const [next] = line.waiting;
        if (next) {
          line.waiting.delete(next);
          next();
        } else {
          line.running -= 1;
          if (line.running === 0) lines.delete(participantId);
        }
      }
    },
  };
};
