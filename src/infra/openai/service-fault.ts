// What went wrong at a service, sorted by what may be done about it: from the status, or from an error in the body of a 200.
// Never lets a key into a message.
import { z } from 'zod';
import { type FaultKind, ServiceFault } from '../../jobs/service-fault.ts';

const LONGEST_MESSAGE = 300;

/** Seconds, an HTTP date, or a header of OpenAI in ms. */
export const retryAfterMsOf = (headers: Headers): number | undefined => {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (ms >= 0) return ms;
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1_000;
  const until = Date.parse(text) - Date.now();
  return until > 0 ? until : undefined;
};

const text = z.string().optional().catch(undefined);
const codeValue = z.union([z.string(), z.number()]).optional().catch(undefined);
const errorSchema = z.object({ message: text, code: codeValue, type: text, status: codeValue, param: text });

/** What a body says went wrong: `{error: {...}}`, `{error: "..."}`, `{detail: ...}`, `{message: ...}`. */
export interface ReportedError {
  readonly message: string;
  /** Codes, types and statuses, as reported. */
  readonly codes: readonly string[];
}

export const reportedErrorOf = (body: unknown): ReportedError | undefined => {
  if (typeof body !== 'object' || body === null) return undefined;
  const { error, detail, message, code } = body as Record<string, unknown>;
  if (typeof error === 'string' && error !== '') return { message: error, codes: [String(code ?? '')] };
  const parsed = errorSchema.safeParse(error);
  if (parsed.success) {
    const reported = parsed.data;
    const codes = [reported.code, reported.type, reported.status].filter((one) => one !== undefined).map(String);
    return { message: `${reported.message ?? JSON.stringify(error)} ${reported.param ?? ''}`.trim(), codes };
  }
  const said = detail ?? message;
  if (said === undefined || said === null) return undefined;
  return { message: typeof said === 'string' ? said : JSON.stringify(said), codes: [String(code ?? '')] };
};

/** Said by services whose models take no long audio, with status 400. */
const TOO_LONG = ['too long', 'too large', 'longer than', 'exceeds'];
const saysTooLong = (message: string): boolean => {
  const words = message.toLowerCase();
  return words.includes('audio') && TOO_LONG.some((one) => words.includes(one));
};
const QUOTA = /insufficient_quota|billing|payment_required/i;

const kindOfStatus = (status: number, reported: ReportedError | undefined): FaultKind => {
  const codes = reported?.codes.join(' ') ?? '';
  if (status === 402) return 'quota_exhausted';
  if (status === 429) return QUOTA.test(codes) ? 'quota_exhausted' : 'rate_limited';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 408 || status === 409 || status === 425) return 'server_error';
  if (status === 413) return 'audio_too_large';
  if (status < 400 || status >= 500) return 'server_error';
  if (/content_filter|content_policy/i.test(codes)) return 'refused';
  return saysTooLong(reported?.message ?? '') ? 'audio_too_large' : 'rejected';
};

const MESSAGES: Partial<Record<FaultKind, string>> = {
  rate_limited: 'The service asks to come back later (429).',
  quota_exhausted: 'The quota of the API key is used up (429). Top it up, then run it again.',
  // The service's own words may repeat the key.
  unauthorized: 'The service refused the API key (401 or 403). Check the key and its rights, then run it again.',
};

interface FaultOptions {
  readonly secret: string;
  readonly retryAfterMs?: number | undefined;
}

const faultOf = (
  kind: FaultKind,
  reported: ReportedError | undefined,
  why: string,
  options: FaultOptions,
): ServiceFault => {
  const words = reported?.message.replaceAll(options.secret, '***').slice(0, LONGEST_MESSAGE);
  const message = MESSAGES[kind] ?? `The service ${why}${words ? `: ${words}` : '.'}`;
  return new ServiceFault(kind, message, { retryAfterMs: options.retryAfterMs });
};

/** An answer with a status that is none of success. */
export const faultOfStatus = (
  status: number,
  reported: ReportedError | undefined,
  options: FaultOptions,
): ServiceFault => {
  const kind = kindOfStatus(status, reported);
  const why = kind === 'server_error' ? `failed (${status})` : `refused the request (${status})`;
  return faultOf(kind, reported, why, options);
};

/** A 200 whose body tells of an error: the code in it stands for the status. */
export const faultOfReportedError = (reported: ReportedError, options: FaultOptions): ServiceFault => {
  const codes = reported.codes.join(' ');
  const status = Number(reported.codes.find((code) => /^[45]\d\d$/.test(code)));
  if (status) return faultOfStatus(status, reported, options);
  const kind: FaultKind = QUOTA.test(codes)
    ? 'quota_exhausted'
    : /rate_?limit|too_many|overloaded/i.test(codes)
      ? 'rate_limited'
      : /content_filter|content_policy/i.test(codes)
        ? 'refused'
        : /auth|api_key|permission/i.test(codes)
          ? 'unauthorized'
          : 'server_error';
  return faultOf(kind, reported, 'answered with an error instead of what was asked for', options);
};
