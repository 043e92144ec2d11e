import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import type { Fetch } from '../api/api-call.ts';
import { DIGEST_LIMIT_MS } from './content-digest.ts';
import { createRecordingUpload } from './recording-upload.ts';

const refusal = (status: number, code: ErrorCode, retryable: boolean): Response =>
  Response.json({ error: { code, message: code, retryable, requestId: 'r' } }, { status });

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/** What the server says to a good request. */
const goodAnswerTo = ({ method, path }: Call): Response => {
  const [, , , recordingId = '', what = '', index] = path.split('/');
  return method === 'PUT' && what === 'chunks'
    ? Response.json({ index: Number(index) }, { status: 201 })
    : Response.json({ id: decodeURIComponent(recordingId) }, { status: 202 });
};

/** An answer whose body breaks off after its first bytes. */
const brokenAnswer = (status: number): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"ind'));
        controller.error(new TypeError('terminated'));
      },
    }),
    { status },
  );

/** Each call takes the next answer; an Error is a network that is away. Pauses are noted and skipped. */
const createScene = (answers: (Response | Error)[]) => {
  const calls: Call[] = [];
  const pauses: number[] = [];
  const fetch: Fetch = async (url, init) => {
    const call: Call = {
      method: init?.method ?? 'GET',
      path: new URL(url).pathname,
      headers: init?.headers as Record<string, string>,
      body: init?.body,
    };
    calls.push(call);
    const answer = answers.shift() ?? goodAnswerTo(call);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const upload = createRecordingUpload({
    serverUrl: 'http://server',
    token: 'secret',
    recordingId: 'rec/1',
    fetch,
    random: () => 0.5,
    time: {
      now: () => 0,
      after(delayMs, run) {
        if (delayMs === DIGEST_LIMIT_MS) return () => {};
        pauses.push(delayMs);
        queueMicrotask(run);
        return () => {};
      },
    },
  });
  return { upload, calls, pauses };
};
const chunk = (index: number, text = `chunk ${index}`) => ({
  index,
  bytes: new TextEncoder().encode(text),
  startedAt: 1_000 + index,
  endedAt: 2_000 + index,
});

describe('uploading a recording', () => {
  test('[CL8] chunks go up in order, stamped and digested, then the recording is completed', async () => {
    const { upload, calls } = createScene([]);
    const results = await Promise.all([upload.add(chunk(0)), upload.add(chunk(1)), upload.complete(2)]);
    expect(results).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /api/recordings/rec%2F1/chunks/0',
      'PUT /api/recordings/rec%2F1/chunks/1',
      'POST /api/recordings/rec%2F1/complete',
    ]);
    expect(calls[1]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-digest': `sha-256=:${createHash('sha256').update('chunk 1').digest('base64')}:`,
      'chunk-started-at': '1001',
      'chunk-ended-at': '2001',
    });
    expect(calls[2]?.body).toBe('{"chunkCount":2}');
  });

  test('[CL8] [CL6] temporary failures are repeated with growing pauses until the chunk is durable', async () => {
    const { upload, calls, pauses } = createScene([
      new TypeError('network'),
      refusal(503, 'unavailable', true),
      new Response('<html>Bad gateway</html>', { status: 502 }),
      refusal(422, 'digest_mismatch', true),
    ]);
    expect(await upload.add(chunk(0))).toEqual({ ok: true });
    expect(calls).toHaveLength(5);
    expect(pauses).toEqual([300, 600, 1_200, 2_400]);
  });

  test.each([
    ['breaks off', () => brokenAnswer(201)],
    ['breaks off while refusing', () => brokenAnswer(409)],
    ['is a login page of the network', () => new Response('<html>Please sign in</html>', { status: 200 })],
    ['is a refusal by the network', () => new Response('<html>Please sign in</html>', { status: 403 })],
    ['is empty', () => new Response('', { status: 200 })],
    ['is somebody else’s JSON', () => Response.json({ status: 'captive' })],
    ['is somebody else’s error', () => Response.json({ error: { code: 511 } }, { status: 404 })],
  ])('[CL8] [CL6] an answer that %s counts as not received', async (_, answer) => {
    const { upload, calls } = createScene([answer(), answer()]);
    expect(await upload.add(chunk(0))).toEqual({ ok: true });
    expect(calls).toHaveLength(3);
    const completing = createScene([answer()]);
    expect(await completing.upload.complete(1)).toEqual({ ok: true });
    expect(completing.calls).toHaveLength(2);
  });

  test('the server says how long to wait', async () => {
    const limited = Response.json(
      { error: { code: 'rate_limited', message: '', retryable: true, retryAfterMs: 4_000, requestId: 'r' } },
      { status: 429 },
    );
    const { upload, pauses } = createScene([limited]);
    await upload.add(chunk(0));
    expect(pauses).toEqual([4_000]);
  });

  test.each([
    ['no network', () => new TypeError('network')],
    ['429 rate_limited', () => refusal(429, 'rate_limited', true)],
    ['500 internal', () => refusal(500, 'internal', true)],
    ['503 unavailable', () => refusal(503, 'unavailable', true)],
    ['503 busy', () => refusal(503, 'busy', true)],
    ['507 storage_full', () => refusal(507, 'storage_full', true)],
    ['a code of a newer server that may be repeated', () => refusal(500, 'never_seen' as ErrorCode, true)],
    ['429 of a proxy', () => new Response('slow down', { status: 429 })],
    ['502 of a proxy', () => new Response('bad gateway', { status: 502 })],
    ['507 of a proxy', () => new Response('full', { status: 507 })],
  ])('[CL6] [CL15] %s is never final, twenty times in a row, for chunk and completion', async (_, answer) => {
    const twenty = () => Array.from({ length: 20 }, (): Response | Error => answer());
    const { upload, calls, pauses } = createScene(twenty());
    expect(await upload.add(chunk(0))).toEqual({ ok: true });
    expect(calls).toHaveLength(21);
    expect(pauses.slice(0, 6)).toEqual([300, 600, 1_200, 2_400, 4_800, 9_600]);
    expect(pauses.at(-1)).toBe(10_000);
    const completing = createScene(twenty());
    expect(await completing.upload.complete(1)).toEqual({ ok: true });
    expect(completing.calls).toHaveLength(21);
  });

  test.each([
    [409, 'chunk_conflict'],
    [409, 'recording_complete'],
    [413, 'body_too_large'],
    [413, 'recording_too_large'],
    [409, 'participant_limit'],
    [422, 'invalid_request'],
    [403, 'forbidden'],
    [404, 'room_not_found'],
    [404, 'recording_not_found'],
    [401, 'unauthorized'],
  ] as const)('%i %s is final for that chunk, the next one still goes up', async (status, code) => {
    const { upload, calls } = createScene([refusal(status, code, false)]);
    const [first, second] = await Promise.all([upload.add(chunk(0)), upload.add(chunk(1))]);
    expect(first).toMatchObject({ ok: false, error: { code, status } });
    expect(second).toEqual({ ok: true });
    expect(calls).toHaveLength(2);
  });

  test('completing with chunks missing is told with their list, not repeated for ever', async () => {
    const missing = Response.json(
      { error: { code: 'chunks_missing', message: '', retryable: true, details: { missing: [1] }, requestId: 'r' } },
      { status: 409 },
    );
    const { upload } = createScene([missing]);
    expect(await upload.complete(2)).toMatchObject({ ok: false, error: { details: { missing: [1] } } });
  });
});
