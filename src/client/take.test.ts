import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../test/support/virtual-time.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { CommandQueue } from './command-queue.ts';
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

const openTake = (spool: Spool, server: ReturnType<typeof createServer>, take = TAKE, left: UploadChunk[] = []) => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let created: Take | undefined;
  const time = createVirtualTime();
  const onProgress = () => {
    if (created?.progress.finished) finish();
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
    expect(take.progress).toEqual({ queuedChunks: 0, queuedBytes: 0, uploadedChunks: 2, finished: true });
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
    expect(dead.take.progress).toMatchObject({ queuedChunks: 1, queuedBytes: 1, finished: false });

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
    expect(server.commands[0]?.body).toEqual({ mimeType: 'audio/webm', commandId: 'c1' });
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
    expect(take.progress).toEqual({ queuedChunks: 2, queuedBytes: 2, uploadedChunks: 0, finished: false });
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

  test('a take that the server refuses for good is over, and says why', async () => {
    const server = createServer();
    server.refusedWith = { code: 'recording_refused', retryable: false };
    const { take, finished } = openTake(createMemorySpool(), server);
    take.add(part('a'));
    take.end();
    await finished;
    expect(server.commands).toHaveLength(1);
    expect(take.progress).toMatchObject({ queuedChunks: 0, failure: { code: 'recording_refused' } });
  });

  test('[CL9] bytes stay in the spool when only the person was refused', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    server.refusal = new ApiRefusal({ code: 'unauthorized', message: 'no', retryable: false, status: 401 });
    const { take, finished } = openTake(spool, server);
    take.add(part('a'));
    take.end();
    await finished;
    expect(take.progress.failure).toEqual({ code: 'unauthorized', message: 'no' });
    expect(await spool.chunks(TAKE.takeId)).toHaveLength(1);
  });
});
