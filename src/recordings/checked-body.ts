// A body on its way to storage: counted and hashed as it passes, and refused by throwing before its last byte is handed on,
// so that a store that keeps nothing of a failed source never keeps a wrong chunk.
import { createHash } from 'node:crypto';
import type { Refusal } from '../protocol/error-codes.ts';

/** Thrown through the store's `put` and caught by whoever called it; never leaves src/recordings. */
export class BodyRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`body refused: ${refusal.code}`);
    this.name = 'BodyRefused';
    this.refusal = refusal;
  }
}

/** Half as long as a client waits: an upload whose sender has vanished must not keep its turn. */
const STALLED_MS = 15_000;

/** Not `for await`: leaving it would wait for the very part that does not come. */
async function* untilStalled(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts = body[Symbol.asyncIterator]();
  let isWaiting = false;
  try {
    for (;;) {
      const stalled = Promise.withResolvers<never>();
      const timer = setTimeout(() => stalled.reject(new BodyRefused({ code: 'unavailable' })), STALLED_MS);
      isWaiting = true;
      const part = await Promise.race([parts.next(), stalled.promise]).finally(() => clearTimeout(timer));
      isWaiting = false;
      if (part.done) return;
      yield part.value;
    }
  } finally {
    // After a refusal the body is given back: finishUnreadBody of http/ reads the rest.
    if (!isWaiting) await parts.return?.();
  }
}

export interface CheckedBody {
  readonly source: AsyncIterable<Uint8Array>;
  /** So far; all of it once the source has ended. */
  bytes(): number;
}

export const checkedBodyOf = (
  body: AsyncIterable<Uint8Array>,
  { sha256, limit }: { readonly sha256: string; readonly limit: number },
): CheckedBody => {
  let bytes = 0;
  async function* check(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for await (const part of untilStalled(body)) {
      bytes += part.byteLength;
      // By the bytes that came, not by what a header claims.
      if (bytes > limit) throw new BodyRefused({ code: 'body_too_large', details: { limit } });
      hash.update(part);
      yield part;
    }
    const actual = hash.digest('base64');
    if (actual !== sha256) throw new BodyRefused({ code: 'digest_mismatch', details: { expected: sha256, actual } });
  }
  return { source: check(), bytes: () => bytes };
};
