// Which failure is tried again, how often and when. Data first: a policy is changed here and nowhere else.
import type { FaultKind } from './service-fault.ts';

interface RetryRule {
  /** In all, the first included; 1 means final. */
  readonly attempts: number;
  /** Before the second attempt; doubles with each further one. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

const FINAL: RetryRule = { attempts: 1, firstDelayMs: 0, longestDelayMs: 0 };

export const RETRY_TABLE: Readonly<Record<FaultKind, RetryRule>> = {
  rate_limited: { attempts: 12, firstDelayMs: 2_000, longestDelayMs: 300_000 },
  server_error: { attempts: 10, firstDelayMs: 1_000, longestDelayMs: 300_000 },
  network: { attempts: 12, firstDelayMs: 1_000, longestDelayMs: 300_000 },
  // The service may have done the work and charged for it.
  timeout: { attempts: 4, firstDelayMs: 2_000, longestDelayMs: 120_000 },
  // Each one is paid.
  invalid_answer: { attempts: 3, firstDelayMs: 500, longestDelayMs: 10_000 },
  internal: { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 30_000 },
  quota_exhausted: FINAL,
  unauthorized: FINAL,
  rejected: FINAL,
  refused: FINAL,
  answer_cut_off: FINAL,
  audio_too_large: FINAL,
  audio_missing: FINAL,
  audio_unreadable: { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 30_000 },
  audio_unsupported: FINAL,
  transcript_too_long: FINAL,
};

/** A service may ask for more patience than the table has, within reason. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Ms until the next attempt, undefined when there is none. `attempt` counts from 1; `random` is 0 to 1.
 * Half of the delay is jitter, so that rooms which failed together do not come back together.
 */
export const retryDelayOf = (
  fault: { readonly kind: FaultKind; readonly retryAfterMs?: number | undefined },
  attempt: number,
  random: number,
): number | undefined => {
  const rule = RETRY_TABLE[fault.kind];
  if (attempt >= rule.attempts) return undefined;
  const full = Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** (attempt - 1));
  const delay = full / 2 + (full / 2) * random;
  // Never before the service asked for; the jitter comes on top.
  const asked = Math.min(fault.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return Math.ceil(asked > 0 ? Math.max(delay, asked + asked * 0.1 * random) : delay);
};

/** The same question has brought the same unusable answer twice: a third one would be paid for nothing. */
export const isSameAgain = (
  last: { readonly code: string; readonly message: string } | undefined,
  fault: { readonly kind: FaultKind; readonly message: string },
): boolean => fault.kind === 'invalid_answer' && last?.code === fault.kind && last.message === fault.message;
