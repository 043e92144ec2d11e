// One REST call: JSON in, JSON out, and every failure as one error type with a code from the closed table.
import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';
import type { ApiError } from '../protocol/rest.ts';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** The server's refusal. `network`: no answer came; the same call may be repeated. */
export class ApiRefusal extends Error {
  readonly code: ErrorCode | 'network';
  /** 0 without an answer. */
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly details?: unknown;
  readonly requestId?: string;

  constructor(
    fields: Omit<ApiError['error'], 'code' | 'requestId'> & {
      readonly code: ErrorCode | 'network';
      readonly status: number;
      readonly requestId?: string;
    },
    options?: ErrorOptions,
  ) {
    super(fields.message, options);
    this.name = 'ApiRefusal';
    this.code = fields.code;
    this.status = fields.status;
    this.retryable = fields.retryable;
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
    if (fields.details !== undefined) this.details = fields.details;
    if (fields.requestId !== undefined) this.requestId = fields.requestId;
  }
}

const isApiError = (body: unknown): body is ApiError =>
  typeof body === 'object' &&
  body !== null &&
  'error' in body &&
  typeof body.error === 'object' &&
  body.error !== null &&
  'code' in body.error;

/** For answers that do not come from the server itself but from a proxy in front of it. */
const codeOfStatus = (status: number): ErrorCode => {
  if (status === 413) return 'body_too_large';
  if (status === 429) return 'rate_limited';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  return status >= 500 ? 'unavailable' : 'invalid_request';
};

const refusalOf = async (response: Response): Promise<ApiRefusal> => {
  const body: unknown = await response.json().catch(() => undefined);
  if (isApiError(body)) return new ApiRefusal({ ...body.error, status: response.status });
  const code = codeOfStatus(response.status);
  const { en, retryable } = ERROR_CODES[code];
  return new ApiRefusal({ code, status: response.status, message: en, retryable });
};

export interface ApiCall {
  readonly serverUrl: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are. */
  readonly bytes?: Blob | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}

/** Resolves to the answer's JSON, undefined for an empty one. Rejects with ApiRefusal. */
export const callApi = async <Answer>(call: ApiCall): Promise<Answer> => {
  const { fetch: send = fetch, method = 'GET' } = call;
  const headers: Record<string, string> = { ...call.headers };
  if (call.token !== undefined) headers.authorization = `Bearer ${call.token}`;
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  const body = call.bytes ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  let response: Response;
  try {
    response = await send(`${call.serverUrl.replace(/\/$/, '')}${call.path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(call.signal ? { signal: call.signal } : {}),
    });
  } catch (cause) {
    throw new ApiRefusal(
      { code: 'network', status: 0, retryable: true, message: 'The server cannot be reached. Check the network.' },
      { cause },
    );
  }
  if (!response.ok) throw await refusalOf(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
};

/** Path with encoded parts: apiPath`/api/rooms/${id}/end`. */
export const apiPath = (strings: TemplateStringsArray, ...parts: readonly string[]): string =>
  strings.reduce((path, text, index) => path + encodeURIComponent(parts[index - 1] ?? '') + text);

/** `?a=1&b=2` of what is set. */
export const queryOf = (query: Readonly<Record<string, string | number | undefined>>): string => {
  const set = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
};
