import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import { ApiRefusal } from '../api/api-call.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import type { RecordingUpload, UploadChunk, UploadResult } from './recording-upload.ts';
import { createMemorySpool, type Spool, type SpooledTake } from './spool.ts';
import { createTake, type Take } from './take.ts';

const TAKE: SpooledTake = { takeId: 't1', owner: 'room/me', mimeType: 'audio/webm', commandId: 'c1' };
const part = (text: string) => ({ bytes: new TextEncoder().encode(text), startedAt: 1, endedAt: 2 });

/** A server that stores what it is sent; `reachable: false` never answers. */
const createServer = () => {
  const stored = new Map<number, string>();
  const commands: { name: string; body: object }[] = [];
  let completed: number | undefined;
  const scene = {
    stored,
    commands,
    reachable: true,
    refusal: undefined as ApiRefusal | undefined,
    /** What commands are refused with. */
    refusedWith: undefined as { readonly code: ErrorCode; readonly retryable: boolean } | undefined,
    get completed() {
      return completed;
    },
    send: (async (name: string, body: object): Promise<object> => {
      commands.push({ name, body });
      if (scene.refusedWith) return { ok: false, error: { ...scene.refusedWith, message: 'no' } };
      return { ok: true, recordingId: 'rec1', path: 'p', startedAt: 0, endedAt: 1, durationMs: 1 };
    }) as CommandQueue['send'],
    createUpload(): RecordingUpload {
      const answer = async (run: () => void): Promise<UploadResult> => {
        if (!scene.reachable) return new Promise(() => {});
        if (scene.refusal) return { ok: false, error: scene.refusal };
        run();
        return { ok: true };
      };
      return {
        add: (chunk: UploadChunk) => answer(() => stored.set(chunk.index, new TextDecoder().decode(chunk.bytes))),
        complete: (count) =>
          answer(() => {
            completed = count;
          }),
        retryNow: () => {},
      };
    },
  };
  return scene;
};

const openTake = (
  spool: Spool,
  server: Pick<ReturnType<typeof createServer>, 'send' | 'createUpload'>,
  take = TAKE,
  left: UploadChunk[] = [],
) => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let created: Take | undefined;
  const time = createVirtualTime();
  const onProgress = () => {
    if (created && created.progress.state !== 'sending') finish();
  };
  created = createTake({
    take,
    left,
    spool,
    send: server.send,
    time,
    random: () => 0.5,
    createUpload: server.createUpload,
    onProgress,
  });
  return { take: created, finished, time };
};

/** Lets every settled promise take effect. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a take', () => {
  test('[CL8] is announced, uploaded, stopped and completed, and leaves nothing in the spool', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const { take, finished } = openTake(spool, server);
    take.add(part('a'));
    take.add(part('b'));
    take.end();
    await finished;
    expect([...server.stored]).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(server.completed).toBe(2);
    expect(server.commands.map(({ name }) => name)).toEqual(['recording:start', 'recording:stop']);
    expect(await spool.takes(TAKE.owner)).toEqual([]);
    expect(take.progress).toEqual({ queuedChunks: 0, queuedBytes: 0, uploadedChunks: 2, state: 'stored' });
  });

  test('[CL9] a page that died leaves the rest in the spool, and the next one brings it home under the same recording', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const dead = openTake(spool, server);
    dead.take.add(part('a'));
    dead.take.add(part('b'));
    await settle();
    server.reachable = false;
    dead.take.add(part('c'));
    await settle();
    expect(dead.take.progress).toMatchObject({ queuedChunks: 1, queuedBytes: 1, state: 'sending' });

    server.reachable = true;
    const [left] = await spool.takes(TAKE.owner);
    expect(left).toMatchObject({ recordingId: 'rec1', storedUpTo: 2 });
    const next = openTake(spool, server, left, await spool.chunks(TAKE.takeId));
    next.take.end();
    await next.finished;
    expect([...server.stored.values()]).toEqual(['a', 'b', 'c']);
    expect(server.completed).toBe(3);
    expect(server.commands.filter(({ name }) => name === 'recording:start')).toHaveLength(1);
    expect(await spool.chunks(TAKE.takeId)).toEqual([]);
  });

  test('[CL9] a take that was never announced is announced under its own commandId', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const { take, finished } = openTake(spool, server, TAKE, [{ ...part('a'), index: 0 }]);
    take.end();
    await finished;
    expect(server.commands[0]?.body).toEqual({ mimeType: 'audio/webm', commandId: 'c1', capturedAt: 1 });
    expect(server.completed).toBe(1);
  });

  test('[CL8] [CL6] is announced under one commandId until the server has it, and its chunks wait meanwhile', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    server.refusedWith = { code: 'unavailable', retryable: true };
    const { take, finished, time } = openTake(spool, server);
    take.add(part('a'));
    for (let tries = 1; tries <= 20; tries += 1) {
      await settle();
      expect(server.commands).toHaveLength(tries);
      time.runUntil(time.now() + 10_000);
    }
    await settle();
    take.add(part('b'));
    take.end();
    await settle();
    expect(take.progress).toEqual({ queuedChunks: 2, queuedBytes: 2, uploadedChunks: 0, state: 'sending' });
    expect(await spool.chunks(TAKE.takeId)).toHaveLength(2);

    server.refusedWith = undefined;
    take.retryNow();
    await finished;
    expect([...server.stored.values()]).toEqual(['a', 'b']);
    expect(server.completed).toBe(2);
    expect(new Set(server.commands.slice(0, -1).map(({ body }) => JSON.stringify(body)))).toEqual(
      new Set(['{"mimeType":"audio/webm","commandId":"c1"}']),
    );
    expect(server.commands.at(-1)?.name).toBe('recording:stop');
    expect(await spool.takes(TAKE.owner)).toEqual([]);
  });

  test('[CL15] says on its announcement when its first sample was captured', async () => {
    const server = createServer();
    const { take, finished } = openTake(createMemorySpool(), server, { ...TAKE, capturedAt: 12_345 });
    take.add(part('a'));
    take.end();
    await finished;
    expect(server.commands[0]?.body).toMatchObject({ capturedAt: 12_345 });
  });

  /** What a final refusal of the announcement, or of chunks and completion, does to a take with bytes. */
  const FINAL: readonly (readonly [ErrorCode, 'kept' | 'erased'])[] = [
    ['recording_refused', 'kept'],
    ['too_many_takes', 'kept'],
    ['recording_too_large', 'kept'],
    ['participant_limit', 'kept'],
    ['forbidden', 'kept'],
    ['unauthorized', 'kept'],
    ['removed', 'kept'],
    ['invalid_message', 'kept'],
    ['invalid_request', 'kept'],
    ['command_id_conflict', 'kept'],
    ['body_too_large', 'kept'],
    ['digest_mismatch', 'kept'],
    ['chunk_conflict', 'kept'],
    ['recording_complete', 'kept'],
    ['recording_not_found', 'kept'],
    // The researcher has erased the room: nothing of a voice may stay anywhere.
    ['room_not_found', 'erased'],
  ];
  test.each(FINAL)('[CL15] announced and refused for good with %s, it is %s', async (code, state) => {
    const spool = createMemorySpool();
    const server = createServer();
    server.refusedWith = { code, retryable: false };
    const { take, finished } = openTake(spool, server);
    take.add(part('a'));
    take.end();
    await finished;
    expect(server.commands).toHaveLength(1);
    expect(take.progress).toMatchObject({ queuedChunks: 0, uploadedChunks: 0, state, failure: { code } });
    expect(await spool.chunks(TAKE.takeId)).toHaveLength(state === 'kept' ? 1 : 0);
  });
  test.each(FINAL)('[CL15] a chunk refused for good with %s: the take is %s', async (code, state) => {
    const spool = createMemorySpool();
    const server = createServer();
    server.refusal = new ApiRefusal({ code, message: 'no', retryable: false, status: 400 });
    const { take, finished } = openTake(spool, server);
    take.add(part('a'));
    take.end();
    await finished;
    expect(take.progress).toMatchObject({ state, failure: { code, message: 'no' } });
    expect(await spool.chunks(TAKE.takeId)).toHaveLength(state === 'kept' ? 1 : 0);
    expect(await spool.takes(TAKE.owner)).toHaveLength(state === 'kept' ? 1 : 0);
  });

  test('[CL15] what was captured and could not be had is lacking, however well the rest went', async () => {
    const server = createServer();
    const { take, finished } = openTake(createMemorySpool(), server);
    take.add(part('a'));
    take.lose('the recorder gives nothing');
    take.end();
    await finished;
    expect(server.completed).toBe(1);
    expect(take.progress).toMatchObject({ state: 'lacking', failure: { code: 'capture_failed' } });
  });

  test('[CL15] a take without a byte that is refused is nothing lost', async () => {
    const server = createServer();
    server.refusedWith = { code: 'recording_refused', retryable: false };
    const { take, finished } = openTake(createMemorySpool(), server);
    take.end();
    await finished;
    expect(take.progress.state).toBe('stored');
  });

  test('a bug of ours on the way of a chunk keeps the take', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const failing = { ...server.createUpload(), add: () => Promise.reject(new TypeError('a bug')) };
    const { take, finished } = openTake(spool, { ...server, createUpload: () => failing });
    take.add(part('a'));
    take.end();
    await finished;
    expect(take.progress).toMatchObject({ queuedChunks: 0, state: 'kept', failure: { code: 'internal' } });
    expect(await spool.chunks(TAKE.takeId)).toHaveLength(1);
  });
});
