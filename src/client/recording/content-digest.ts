// The digest that goes with every chunk (RFC 9530), by the browser's own code while that answers, else by ours.
import type { LocalTime } from '../clock/local-time.ts';
import { withinLimit } from '../clock/time-limit.ts';
import { sha256 } from './sha256.ts';

/** The browser's own takes some milliseconds for a chunk. */
export const DIGEST_LIMIT_MS = 500;

const fieldOf = (hash: Uint8Array): string => `sha-256=:${btoa(String.fromCharCode(...hash))}:`;

/** Gives the digest of each chunk in turn. A browser that has failed once is not asked again. */
export const createContentDigest = (time: LocalTime) => {
  let asksBrowser = true;
  return async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
    if (asksBrowser) {
      try {
        const hash = await withinLimit(time, DIGEST_LIMIT_MS, () => crypto.subtle.digest('SHA-256', bytes));
        return fieldOf(new Uint8Array(hash));
      } catch {
        asksBrowser = false;
      }
    }
    return fieldOf(sha256(bytes));
  };
};

export const contentDigestOf = async (bytes: Uint8Array): Promise<string> => fieldOf(sha256(bytes));
