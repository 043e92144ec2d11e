// Whatever a browser promises and does not keep: the voice is on its way within two seconds, and nothing is called complete
// that is not.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { Fetch } from '../api/api-call.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import { createRecorder } from './recorder.ts';
import { createRecordingUpload } from './recording-upload.ts';

const never = () => new Promise<never>(() => {});
const failure = () => Promise.reject(new DOMException('no', 'InvalidStateError'));
const thrower = (): never => {
  throw new DOMException('not here', 'SecurityError');
};

/** As much of the browser's recorder as is used: a slice when asked for one, one when it stops. */
class FakeMediaRecorder {
  static isTypeSupported = (): boolean => true;
  /** What its slices are made of; null: it gives none, and never stops. */
  static slice: (() => Blob) | null = () => new Blob(['voice']);
  /** It fails as soon as it has begun, as browsers do that cannot encode this track after all. */
  static failsAtOnce = false;
  static started = 0;
  state: RecordingState = 'inactive';
  ondataavailable: ((event: { data: Blob }) => void) | undefined;
  onstop: (() => void) | undefined;
  onerror: (() => void) | undefined;
  start() {
    this.state = 'recording';
    FakeMediaRecorder.started += 1;
    if (!FakeMediaRecorder.failsAtOnce) return;
    setImmediate(() => {
      this.onerror?.();
      this.state = 'inactive';
      this.ondataavailable?.({ data: FakeMediaRecorder.slice?.() ?? new Blob([]) });
      this.onstop?.();
    });
  }
  requestData() {
    const data = FakeMediaRecorder.slice?.();
    if (data) queueMicrotask(() => this.ondataavailable?.({ data }));
  }
  stop() {
    this.requestData();
    this.state = 'inactive';
    if (FakeMediaRecorder.slice) queueMicrotask(() => this.onstop?.());
  }
}

beforeEach(() => {
  FakeMediaRecorder.slice = () => new Blob(['voice']);
  FakeMediaRecorder.isTypeSupported = () => true;
  FakeMediaRecorder.failsAtOnce = false;
  FakeMediaRecorder.started = 0;
  vi.stubGlobal('MediaRecorder', FakeMediaRecorder);
  vi.stubGlobal('MediaStream', class {});
  vi.stubGlobal('navigator', {});
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const createScene = () => {
  const time = createVirtualTime();
  const stored: string[] = [];
  const fetch: Fetch = async (url, init) => {
    const { pathname } = new URL(url);
    stored.push(`${init?.method} ${pathname}`);
    const index = /chunks\/(\d+)$/.exec(pathname)?.[1];
    return index === undefined
      ? Response.json({ id: 'rec' }, { status: 202 })
      : Response.json({ index: Number(index) }, { status: 201 });
  };
  let ids = 0;
  const recorder = createRecorder({
    time,
    clock: { now: () => time.now() },
    createId() {
      ids += 1;
      return `id${ids}`;
    },
    send: (async () => ({ ok: true, recordingId: 'rec', path: 'p', startedAt: 0 })) as unknown as CommandQueue['send'],
    createUpload: (recordingId) =>
      createRecordingUpload({ serverUrl: 'http://server', token: 't', recordingId, fetch, time, random: () => 0.5 }),
    onProgress: () => {},
  });
  /** Time passes in small steps, between which everything that can go on does. */
  const pass = async (ms: number) => {
    const end = time.now() + ms;
    while (time.now() < end) {
      time.runUntil(Math.min(end, time.now() + 50));
      for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  return { recorder, stored, pass };
};

const track = { id: 'track', readyState: 'live' } as MediaStreamTrack;
const getter = (name: string, get: () => unknown) => Object.defineProperty({}, name, { get, configurable: true });
const openRequest = () => ({ onsuccess: null, onerror: null, onupgradeneeded: null });

/** A database that opens and then answers as `call` does. */
const openDatabase = (call: () => unknown) => () => {
  const request: { onsuccess: (() => void) | null; result: unknown } = {
    ...openRequest(),
    result: { transaction: call },
  };
  queueMicrotask(() => request.onsuccess?.());
  return request;
};
const silentTransaction = () => ({
  objectStore: () => ({
    put: openRequest,
    delete: openRequest,
    getAll: openRequest,
    index: () => ({ getAll: openRequest }),
  }),
});

/** [what the browser does, how it is made to do it] */
const FAULTS: readonly (readonly [string, () => void])[] = [
  ['indexedDB.open never answers', () => vi.stubGlobal('indexedDB', { open: openRequest })],
  ['indexedDB.open throws', () => vi.stubGlobal('indexedDB', { open: thrower })],
  [
    'indexedDB throws on being named',
    () => Object.defineProperty(globalThis, 'indexedDB', { get: thrower, configurable: true }),
  ],
  ['a transaction never ends', () => vi.stubGlobal('indexedDB', { open: openDatabase(silentTransaction) })],
  ['a transaction throws', () => vi.stubGlobal('indexedDB', { open: openDatabase(thrower) })],
  ['locks never answer', () => vi.stubGlobal('navigator', { locks: { request: never, query: never } })],
  ['locks reject', () => vi.stubGlobal('navigator', { locks: { request: failure, query: failure } })],
  ['locks throw', () => vi.stubGlobal('navigator', { locks: { request: thrower, query: thrower } })],
  ['locks throw on being named', () => vi.stubGlobal('navigator', getter('locks', thrower))],
  ['digest never answers', () => vi.stubGlobal('crypto', { subtle: { digest: never } })],
  ['digest rejects', () => vi.stubGlobal('crypto', { subtle: { digest: failure } })],
  ['digest throws', () => vi.stubGlobal('crypto', { subtle: { digest: thrower } })],
  ['there is no crypto.subtle', () => vi.stubGlobal('crypto', {})],
];

describe('in a broken browser', () => {
  test.each(FAULTS)('[CL16] %s: the first chunk is up within 2 s, and all is in the end', async (_, breakBrowser) => {
    breakBrowser();
    try {
      const { recorder, stored, pass } = createScene();
      recorder.setTrack(track);
      recorder.setRunning(true, 'room/me');
      await pass(2_250);
      // Captured within 250 ms; two seconds later it is there.
      expect(stored).toContain('PUT /api/recordings/rec/chunks/0');
      expect(recorder.progress.complete).toBe(false);
      await pass(2_000);
      recorder.setRunning(false, 'room/me');
      await pass(3_000);
      expect(stored.at(-1)).toBe('POST /api/recordings/rec/complete');
      expect(recorder.progress).toMatchObject({ complete: true, sending: false, queuedChunks: 0 });
      expect(recorder.progress.failure).toBeUndefined();
    } finally {
      Reflect.deleteProperty(globalThis, 'indexedDB');
    }
  });

  test.each([
    ['never answers', never],
    ['rejects', failure],
    ['throws', thrower],
  ])('[CL16] a slice whose reading %s is counted as lost, those after it go up', async (_, read) => {
    const { recorder, stored, pass } = createScene();
    FakeMediaRecorder.slice = () => Object.assign(new Blob(['voice']), { arrayBuffer: read });
    recorder.setTrack(track);
    recorder.setRunning(true, 'room/me');
    await pass(300);
    FakeMediaRecorder.slice = () => new Blob(['voice']);
    await pass(4_000);
    recorder.setRunning(false, 'room/me');
    await pass(3_000);
    expect(stored).toContain('PUT /api/recordings/rec/chunks/0');
    expect(stored.at(-1)).toBe('POST /api/recordings/rec/complete');
    expect(recorder.progress).toMatchObject({ complete: false, sending: false, lacking: true });
    expect(recorder.progress.failure?.code).toBe('capture_failed');
  });

  test('[CL16] a recorder that gives nothing is told within 8 s, and its take is not called complete', async () => {
    FakeMediaRecorder.slice = null;
    const { recorder, pass } = createScene();
    recorder.setTrack(track);
    recorder.setRunning(true, 'room/me');
    await pass(8_000);
    expect(recorder.progress).toMatchObject({ capturing: false, lacking: true, failure: { code: 'capture_failed' } });
    recorder.setRunning(false, 'room/me');
    await pass(3_000);
    expect(recorder.progress).toMatchObject({ complete: false, sending: false, lacking: true });
  });

  test.each([
    ['nothing', () => new Blob([])],
    ['a header', () => new Blob(['head'])],
  ])(
    '[CL16] a recorder that fails each time that it is started, with %s, is told and not started for ever',
    async (_, slice) => {
      FakeMediaRecorder.slice = slice;
      FakeMediaRecorder.failsAtOnce = true;
      const { recorder, pass } = createScene();
      recorder.setTrack(track);
      recorder.setRunning(true, 'room/me');
      await pass(1_000);
      expect(FakeMediaRecorder.started).toBe(3);
      expect(recorder.progress).toMatchObject({ capturing: false, lacking: true, failure: { code: 'capture_failed' } });
      // Another microphone is another chance.
      FakeMediaRecorder.failsAtOnce = false;
      FakeMediaRecorder.slice = () => new Blob(['voice']);
      recorder.setTrack({ ...track, id: 'other' } as MediaStreamTrack);
      await pass(1_000);
      expect(recorder.progress.capturing).toBe(true);
      recorder.setRunning(false, 'room/me');
      await pass(3_000);
      expect(recorder.progress).toMatchObject({ sending: false, lacking: true });
    },
  );

  test('[CL15] a recorder that gives empty slices alone is no silence: what it did not capture is missing', async () => {
    FakeMediaRecorder.slice = () => new Blob([]);
    const { recorder, pass } = createScene();
    recorder.setTrack(track);
    recorder.setRunning(true, 'room/me');
    await pass(10_000);
    // A device that sleeps may still wake.
    expect(recorder.progress).toMatchObject({ capturing: true });
    recorder.setRunning(false, 'room/me');
    await pass(3_000);
    expect(recorder.progress).toMatchObject({ complete: false, sending: false, lacking: true });
  });

  test('[CL16] a recorder that never stops does not hold up what is there', async () => {
    const { recorder, stored, pass } = createScene();
    recorder.setTrack(track);
    recorder.setRunning(true, 'room/me');
    await pass(1_000);
    FakeMediaRecorder.slice = null;
    recorder.setRunning(false, 'room/me');
    await pass(4_000);
    expect(stored.at(-1)).toBe('POST /api/recordings/rec/complete');
    expect(recorder.progress).toMatchObject({ complete: false, sending: false, lacking: true });
  });

  test.each([
    ['without MediaRecorder', () => vi.stubGlobal('MediaRecorder', undefined)],
    [
      'whose MediaRecorder throws on being asked',
      () => {
        FakeMediaRecorder.isTypeSupported = thrower;
      },
    ],
  ])('[CL15] a talk in a browser %s is said not to be recorded', async (_, breakBrowser) => {
    breakBrowser();
    const { recorder, pass } = createScene();
    recorder.setTrack(track);
    recorder.setRunning(true, 'room/me');
    await pass(100);
    recorder.setRunning(false, 'room/me');
    await pass(2_000);
    expect(recorder.progress).toMatchObject({ complete: false, sending: false, lacking: true });
    expect(recorder.progress.failure?.code).toBe('capture_failed');
  });
});
