import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { ApiRefusal } from '../api/api-call.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import type { UploadResult } from './recording-upload.ts';
import { createMemorySpool, type Spool } from './spool.ts';
import { createTakes, type Takes } from './takes.ts';

const OWNER = 'room/me';
const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** One browser's locks, shared by its tabs. */
const createLocks = () => {
  const waiting = new Map<string, (() => void)[]>();
  const held = new Set<string>();
  const grant = async (name: string, run: (lock: object) => unknown) => {
    held.add(name);
    await run({ name });
    held.delete(name);
    waiting.get(name)?.shift()?.();
  };
  return {
    request(name: string, { ifAvailable }: { ifAvailable: boolean }, run: (lock: object | null) => unknown) {
      if (!held.has(name)) return grant(name, run);
      if (ifAvailable) return Promise.resolve(run(null));
      return new Promise<void>((resolve) => {
        waiting.set(name, [...(waiting.get(name) ?? []), () => resolve(grant(name, run))]);
      });
    },
  };
};

beforeEach(() => {
  vi.stubGlobal('navigator', { locks: createLocks() });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** What all tabs of a test talk to. */
const createServer = () => {
  const chunks = new Map<number, string>();
  const server = {
    chunks,
    completions: [] as string[],
    reachable: true,
    refusal: undefined as ApiRefusal | undefined,
    waiting: [] as (() => void)[],
    come() {
      server.reachable = true;
      for (const go of server.waiting.splice(0)) go();
    },
    async answer(run: () => void): Promise<UploadResult> {
      if (!server.reachable) await new Promise<void>((resolve) => server.waiting.push(resolve));
      if (server.refusal) return { ok: false, error: server.refusal };
      run();
      return { ok: true };
    },
  };
  return server;
};

let ids = 0;
const openTab = (
  name: string,
  spool: Spool,
  server: ReturnType<typeof createServer>,
  time = createVirtualTime(),
): Takes =>
  createTakes({
    time,
    createId() {
      ids += 1;
      return `${name}${ids}`;
    },
    send: (async () => ({ ok: true, recordingId: 'rec', path: 'p', startedAt: 0 })) as unknown as CommandQueue['send'],
    createUpload: () => ({
      add: ({ index, bytes }) => server.answer(() => server.chunks.set(index, new TextDecoder().decode(bytes))),
      complete: (count) => server.answer(() => server.completions.push(`${name} with ${count}`)),
      retryNow() {},
    }),
    onProgress: () => {},
    openSpool: async () => spool,
  });
const slice = (text: string, startedAt: number) => ({ bytes: new Blob([text]), startedAt, endedAt: startedAt + 1 });
const TAKE = { owner: OWNER, mimeType: 'audio/webm', capturedAt: 1 };

describe('takes', () => {
  test("[CL9] a take whose end has been asked for is still its own tab's: another completes it only when that is done or gone", async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const first = openTab('first', spool, server);
    const take = first.begin(TAKE);
    take.add(slice('a', 1));
    await settle();
    server.reachable = false;
    take.add(slice('b', 2));
    // The last slice is not even in the spool yet when the other tab looks.
    const ending = take.finish();
    const second = openTab('second', spool, server);
    second.recover(OWNER);
    await settle();
    expect(second.progress).toMatchObject({ sending: true, uploadedChunks: 0 });
    server.come();
    await ending;
    await settle();
    expect(server.completions).toEqual(['first with 2']);
    expect([...server.chunks.values()]).toEqual(['a', 'b']);
    expect(first.progress.sending).toBe(false);
    expect(second.progress).toMatchObject({ sending: false, keptTakes: 0, lacking: false });
  });

  test('[CL9] a tab that lost its place before it could announce a take leaves it to the other', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const deaf = createTakes({
      time: createVirtualTime(),
      createId() {
        ids += 1;
        return `deaf${ids}`;
      },
      send: (async () => ({
        ok: false,
        error: { code: 'unavailable', message: '', retryable: true },
      })) as unknown as CommandQueue['send'],
      createUpload: () => {
        throw new Error('was never announced');
      },
      onProgress: () => {},
      openSpool: async () => spool,
    });
    const take = deaf.begin(TAKE);
    take.add(slice('a', 1));
    await take.finish();
    await settle();
    const second = openTab('second', spool, server);
    second.recover(OWNER);
    await settle();
    expect(server.completions).toEqual([]);
    deaf.yieldUnannounced();
    await settle();
    expect(server.completions).toEqual(['second with 1']);
    expect(await spool.takes(OWNER)).toEqual([]);
  });

  test('[CL15] what is refused for good can be had as a file, and sent again', async () => {
    const spool = createMemorySpool();
    const server = createServer();
    const takes = openTab('tab', spool, server);
    server.refusal = new ApiRefusal({ code: 'forbidden', message: 'no', retryable: false, status: 403 });
    const take = takes.begin(TAKE);
    take.add(slice('a', 5));
    take.add(slice('b', 6));
    await take.finish();
    await settle();
    expect(takes.progress).toMatchObject({ sending: false, keptTakes: 1, failure: { code: 'forbidden' } });
    const [file] = await takes.kept();
    expect(file).toMatchObject({ mimeType: 'audio/webm', startedAt: 5 });
    expect(await file?.bytes.text()).toBe('ab');

    server.refusal = undefined;
    await takes.sendAgain();
    await settle();
    expect([...server.chunks.values()]).toEqual(['a', 'b']);
    expect(takes.progress).toMatchObject({ sending: false, keptTakes: 0, uploadedChunks: 2 });
    expect(takes.progress.failure).toBeUndefined();
    expect(await takes.kept()).toEqual([]);
    expect(await spool.takes(OWNER)).toEqual([]);
  });

  test('[CL15] of several failures the one is told that can still be helped', async () => {
    const server = createServer();
    const takes = openTab('tab', createMemorySpool(), server);
    const first = takes.begin(TAKE);
    first.add(slice('a', 1));
    first.lose('the recorder gives nothing');
    await first.finish();
    await settle();
    expect(takes.progress).toMatchObject({ lacking: true, failure: { code: 'capture_failed' } });
    server.refusal = new ApiRefusal({ code: 'forbidden', message: 'no', retryable: false, status: 403 });
    const second = takes.begin(TAKE);
    second.add(slice('b', 2));
    await second.finish();
    await settle();
    expect(takes.progress).toMatchObject({ lacking: true, keptTakes: 1, failure: { code: 'forbidden' } });
  });

  test('[CL9] a database that opens late still gives what an earlier page load left', async () => {
    const spool = createMemorySpool();
    await spool.putTake({ takeId: 'old', owner: OWNER, mimeType: 'audio/webm', commandId: 'c' });
    await spool.putChunk({ takeId: 'old', index: 0, bytes: new TextEncoder().encode('a'), startedAt: 1, endedAt: 2 });
    const server = createServer();
    let open = (_: Spool) => {};
    const time = createVirtualTime();
    const takes = createTakes({
      time,
      createId: () => 'id',
      send: (async () => ({
        ok: true,
        recordingId: 'rec',
        path: 'p',
        startedAt: 0,
      })) as unknown as CommandQueue['send'],
      createUpload: () => ({
        add: ({ index }) => server.answer(() => server.chunks.set(index, 'a')),
        complete: (count) => server.answer(() => server.completions.push(`with ${count}`)),
        retryNow() {},
      }),
      onProgress: () => {},
      openSpool: () =>
        new Promise((resolve) => {
          open = resolve;
        }),
    });
    takes.recover(OWNER);
    expect(takes.progress.sending).toBe(true);
    time.runUntil(time.now() + 2_000);
    await settle();
    // A phone that wakes up: what it holds may still be told within a moment, and nobody is thanked before.
    expect(takes.progress.sending).toBe(true);
    time.runUntil(time.now() + 4_000);
    await settle();
    // Nothing is waited for any longer.
    expect(takes.progress.sending).toBe(false);
    open(spool);
    await settle();
    expect(server.completions).toEqual(['with 1']);
  });

  describe('[CL15] what the browser holds and does not give out is neither completed nor deleted', () => {
    const broken = () => Promise.reject(new DOMException('Failed to read large IndexedDB value', 'UnknownError'));
    const never = () => new Promise<never>(() => {});
    test.each([
      ['its chunks cannot be read', 'chunks', broken],
      ['its chunks never come', 'chunks', never],
      ['it can be listed once only', 'takes', broken],
    ] as const)('%s', async (_, what, fail) => {
      const spool = createMemorySpool();
      await spool.putTake({ takeId: 'old', owner: OWNER, mimeType: 'audio/webm', commandId: 'c', storedUpTo: 1 });
      for (const index of [0, 1, 2]) {
        const bytes = new TextEncoder().encode(`${index}`);
        await spool.putChunk({ takeId: 'old', index, bytes, startedAt: index, endedAt: index + 1 });
      }
      const server = createServer();
      let isBroken = true;
      let calls = 0;
      const failing: Spool = {
        ...spool,
        chunks: (takeId) => (isBroken && what === 'chunks' ? fail() : spool.chunks(takeId)),
        takes(owner) {
          calls += 1;
          return isBroken && what === 'takes' && calls > 1 ? fail() : spool.takes(owner);
        },
      };
      const time = createVirtualTime();
      const takes = openTab('tab', failing, server, time);
      takes.recover(OWNER);
      for (let second = 0; second < 12; second += 1) {
        await settle();
        time.runUntil(time.now() + 1_000);
      }
      await settle();
      expect(server.completions).toEqual([]);
      expect(await spool.chunks('old')).toHaveLength(3);
      expect(takes.progress).toMatchObject({ sending: false, keptTakes: 1 });
      isBroken = false;
      expect(await (await takes.kept())[0]?.bytes.text()).toBe('012');
      await takes.sendAgain();
      await settle();
      expect([...server.chunks.values()]).toEqual(['0', '1', '2']);
      expect(server.completions).toEqual(['tab with 3']);
      expect(takes.progress).toMatchObject({ sending: false, keptTakes: 0 });
    });
  });
});
