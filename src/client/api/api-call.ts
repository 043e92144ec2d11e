// One REST call: JSON in, JSON out, and every failure as one error type with a code from the closed table.
import type { ApiError } from '../../protocol/error-answer.ts';
import { ERROR_CODES, type ErrorCode } from '../../protocol/error-codes.ts';
import type { Language } from '../../protocol/languages.ts';
import { OWN_ACCEPT } from '../../protocol/own-client.ts';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** The server's refusal. `network`: no answer of the server's own came whole; the same call may be repeated. */
export class ApiRefusal extends Error {
  readonly code: ErrorCode | 'network';
  /** 0 without an answer; somebody else's when a proxy or a login page of the network answered instead. */
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

const isObject = (body: unknown): body is Record<string, unknown> => typeof body === 'object' && body !== null;

const isApiError = (body: unknown): body is ApiError =>
  isObject(body) &&
  isObject(body.error) &&
  typeof body.error.code === 'string' &&
  typeof body.error.message === 'string' &&
  typeof body.error.retryable === 'boolean';

const UNREACHED = 'The server cannot be reached. Check the network.';

const networkRefusal = (status: number, cause?: unknown): ApiRefusal =>
  new ApiRefusal(
    { code: 'network', status, retryable: true, message: UNREACHED },
    cause === undefined ? {} : { cause },
  );

/** What a proxy in front of the server says on its own; anything else that is not from the server says nothing about the call. */
const codeOfProxy = (status: number): ErrorCode | undefined => {
  if (status === 413) return 'body_too_large';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'unavailable' : undefined;
};

const refusalOf = async (response: Response): Promise<ApiRefusal> => {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  if (isApiError(body)) return new ApiRefusal({ ...body.error, status });
  const code = codeOfProxy(status);
  if (code === undefined) return networkRefusal(status);
  const { en, retryable } = ERROR_CODES[code];
  return new ApiRefusal({ code, status, message: en, retryable });
};

/** The JSON of a good answer, undefined for one without content. Throws when it broke off or is not the server's. */
const contentOf = async (response: Response): Promise<unknown> => {
  if (response.status === 204) return undefined;
  return JSON.parse(await response.text());
};

export interface ApiCall {
  readonly serverUrl: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly token?: string;
  /** Of refusals' messages; without it the browser's own. */
  readonly language?: Language;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are. */
  readonly bytes?: Blob | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
  /** Where taking somebody else's JSON for the answer would lose something: whether this is the one asked for. */
  readonly isAnswer?: (content: unknown) => boolean;
}

/** Resolves to the answer's JSON, undefined for one without content. Rejects with ApiRefusal. */
export const callApi = async <Answer>(call: ApiCall): Promise<Answer> => {
  const { fetch: send = fetch, method = 'GET' } = call;
  const headers: Record<string, string> = { accept: OWN_ACCEPT, ...call.headers };
  if (call.token !== undefined) headers.authorization = `Bearer ${call.token}`;
  if (call.language !== undefined) headers['accept-language'] = call.language;
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  const body = call.bytes ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  let response: Response;
  let content: unknown;
  try {
    response = await send(`${call.serverUrl.replace(/\/$/, '')}${call.path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(call.signal ? { signal: call.signal } : {}),
    });
    content = response.ok ? await contentOf(response) : undefined;
  } catch (cause) {
    throw networkRefusal(0, cause);
  }
  if (!response.ok) throw await refusalOf(response);
  if (call.isAnswer?.(content) === false) throw networkRefusal(response.status);
  return content as Answer;
};

/** Path with encoded parts: apiPath`/api/rooms/${id}/end`. */
export const apiPath = (strings: TemplateStringsArray, ...parts: readonly string[]): string =>
  strings.reduce((path, text, index) => path + encodeURIComponent(parts[index - 1] ?? '') + text);

/** `?a=1&b=2` of what is set. */
export const queryOf = (query: Readonly<Record<string, string | number | undefined>>): string => {
  const set = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
};
