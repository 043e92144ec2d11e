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
    for await (const part of body) {
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
