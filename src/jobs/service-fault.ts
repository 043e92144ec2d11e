// How a call to an outside service can fail, told apart by what may be done about it (retry-table.ts).

export type FaultKind =
  | 'rate_limited'
  | 'server_error'
  | 'timeout'
  | 'network'
  | 'invalid_answer'
  | 'quota_exhausted'
  | 'unauthorized'
  | 'rejected'
  /** The model will not answer this: a refusal, a content filter. */
  | 'refused'
  /** The model stopped at its own limit of length. */
  | 'answer_cut_off'
  | 'audio_too_large'
  | 'audio_missing'
  | 'audio_unreadable'
  | 'audio_unsupported'
  | 'transcript_too_long'
  | 'internal';

/** The message is shown to researchers: it never holds a key. */
export class ServiceFault extends Error {
  readonly kind: FaultKind;
  /** What the service asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FaultKind,
    message: string,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceFault';
    this.kind = kind;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
