import { describe, expect, test } from 'vitest';
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
    get completed() {
      return completed;
    },
    send: (async (name: string, body: object) => {
      commands.push({ name, body });
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
  const onProgress = () => {
    if (created?.progress.finished) finish();
  };
  created = createTake({
    take,
    left,
    spool,
    send: server.send,
    createId: () => 'id',
    createUpload: server.createUpload,
    onProgress,
  });
  return { take: created, finished };
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
