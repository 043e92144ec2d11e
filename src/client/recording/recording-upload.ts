// Brings the chunks of one recording to the server, in order, each until it is durable or refused for good, and completes
// the recording. Knows neither microphone nor spool: usable wherever there are bytes and fetch.
import { ApiRefusal, apiPath, callApi, type Fetch } from '../api/api-call.ts';
import type { LocalTime } from '../clock/local-time.ts';
import { createRetryPause } from '../session/retry-pause.ts';
import { createContentDigest } from './content-digest.ts';

export interface UploadChunk {
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Epoch ms on the room clock. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export type UploadResult = { readonly ok: true } | { readonly ok: false; readonly error: ApiRefusal };

export interface RecordingUpload {
  /** Resolves when the chunk is durable on the server, or refused for good. */
  add(chunk: UploadChunk): Promise<UploadResult>;
  /** After the last chunk: waits for all of them, then completes. */
  complete(chunkCount: number): Promise<UploadResult>;
  /** The network may be back: do not wait for the next try. */
  retryNow(): void;
}

/** Bytes damaged on the way come right when sent again; a wrong digest never does. */
const MAX_DIGEST_RETRIES = 5;
/** A request on a network that has silently gone must not hold up the rest for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Decimal digits, whatever the clock of this machine says: 1e-7 is no stamp to the server. */
const stampOf = (instant: number): string => String(Math.round(instant * 1_000) / 1_000);

/** A page of the network's that answers everything must not be taken for the server: what was not stored would be lost. */
const answersWith = (key: 'index' | 'id', value: unknown) => (content: unknown) =>
  typeof content === 'object' && content !== null && (content as Record<string, unknown>)[key] === value;

const pageTime: LocalTime = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export const createRecordingUpload = (options: {
  readonly serverUrl: string;
  readonly token: string;
  readonly recordingId: string;
  readonly fetch?: Fetch;
  readonly time?: LocalTime;
  readonly random?: () => number;
}): RecordingUpload => {
  const { time = pageTime, random = Math.random, recordingId } = options;
  const base = {
    serverUrl: options.serverUrl,
    token: options.token,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };
  let tail: Promise<unknown> = Promise.resolve();
  const pause = createRetryPause(time, random);
  const contentDigestOf = createContentDigest(time);

  const untilSettled = async (call: () => Promise<unknown>): Promise<UploadResult> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await call();
        return { ok: true };
      } catch (error) {
        if (!(error instanceof ApiRefusal)) throw error;
        const hopeless = error.code === 'digest_mismatch' && attempt >= MAX_DIGEST_RETRIES;
        // Missing chunks do not come by asking again: whoever has them adds them first.
        if (!error.retryable || hopeless || error.code === 'chunks_missing') return { ok: false, error };
        await pause.wait(attempt, error.retryAfterMs);
      }
    }
  };

  const put = async ({ index, bytes, startedAt, endedAt }: UploadChunk): Promise<UploadResult> => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-digest': await contentDigestOf(bytes),
      'chunk-started-at': stampOf(startedAt),
      'chunk-ended-at': stampOf(endedAt),
    };
    const path = apiPath`/api/recordings/${recordingId}/chunks/${String(index)}`;
    return untilSettled(() =>
      callApi({
        ...base,
        path,
        method: 'PUT',
        bytes,
        headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        isAnswer: answersWith('index', index),
      }),
    );
  };

  const inOrder = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const result = tail.then(run);
    tail = result.catch(() => {});
    return result;
  };

  return {
    add: (chunk) => inOrder(() => put(chunk)),
    complete: (chunkCount) =>
      inOrder(() =>
        untilSettled(() =>
          callApi({
            ...base,
            path: apiPath`/api/recordings/${recordingId}/complete`,
            method: 'POST',
            body: { chunkCount },
            signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
            isAnswer: answersWith('id', recordingId),
          }),
        ),
      ),
    retryNow: pause.wake,
  };
};
