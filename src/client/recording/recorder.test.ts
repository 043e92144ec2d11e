import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import { createRecorder } from './recorder.ts';
import type { UploadResult } from './recording-upload.ts';

/** Thrown by the next recorder that is made or started; the browser's own words. */
let fault: { readonly when: 'made' | 'started'; readonly error: Error } | undefined;

/** As much of the browser's recorder as is used: one slice when it stops. */
class FakeMediaRecorder {
  static isTypeSupported = () => true;
  state: RecordingState = 'inactive';
  ondataavailable: ((event: { data: Blob }) => void) | undefined;
  onstop: (() => void) | undefined;
  constructor() {
    if (fault?.when === 'made') throw fault.error;
  }
  start() {
    if (fault?.when === 'started') throw fault.error;
    this.state = 'recording';
  }
  requestData() {}
  stop() {
    this.state = 'inactive';
    queueMicrotask(() => {
      this.ondataavailable?.({ data: new Blob(['voice']) });
      this.onstop?.();
    });
  }
}

beforeEach(() => {
  fault = undefined;
  vi.stubGlobal('MediaRecorder', FakeMediaRecorder);
  vi.stubGlobal('MediaStream', class {});
  vi.stubGlobal('navigator', {});
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const trackOf = (id: string) => ({ id, readyState: 'live' }) as MediaStreamTrack;

const createScene = () => {
  const commands: string[] = [];
  const stored: string[] = [];
  const time = createVirtualTime();
  const waiting = new Set<() => void>();
  let ids = 0;
  const done = async (what: string): Promise<UploadResult> => {
    stored.push(what);
    return { ok: true };
  };
  const recorder = createRecorder({
    time,
    clock: { now: () => time.now() },
    createId() {
      ids += 1;
      return `id${ids}`;
    },
    send: (async (name: string): Promise<object> => {
      commands.push(name);
      return { ok: true, recordingId: `rec${commands.length}`, path: 'p', startedAt: 0, endedAt: 1, durationMs: 1 };
    }) as CommandQueue['send'],
    createUpload: (recordingId) => ({
      add: ({ index }) => done(`${recordingId} chunk ${index}`),
      complete: (count) => done(`${recordingId} complete with ${count}`),
      retryNow() {},
    }),
    onProgress() {
      for (const look of waiting) look();
    },
  });
  const until = (met: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!met()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { recorder, commands, stored, until };
};

describe('the recorder', () => {
  test.each([
    ['made', new DOMException('no such type', 'NotSupportedError')],
    ['started', new DOMException('the track has ended', 'InvalidStateError')],
  ] as const)(
    'a browser recorder that throws when %s is told, and tried again with the microphone opened anew',
    async (when, error) => {
      const { recorder, commands, stored, until } = createScene();
      recorder.setTrack(trackOf('first'));
      fault = { when, error };
      recorder.setRunning(true, 'room/me');
      expect(recorder.progress).toMatchObject({ capturing: false, failure: { code: 'capture_failed' } });
      expect(recorder.progress.failure?.message).toContain(error.name);
      await new Promise<void>((resolve) => setImmediate(resolve));
      // Nothing was begun: no take waits for ever. But that it lacks is not forgotten.
      expect(commands).toEqual([]);
      expect(recorder.progress).toMatchObject({ sending: false, lacking: true, complete: false });

      fault = undefined;
      recorder.setTrack(trackOf('opened again'));
      expect(recorder.progress).toMatchObject({ capturing: true, complete: false });
      expect(recorder.progress.failure).toBeUndefined();
      recorder.setRunning(false, 'room/me');
      await until(() => !recorder.progress.sending && stored.length > 0);
      expect(stored).toEqual(['rec1 chunk 0', 'rec1 complete with 1']);
    },
  );

  test('takes that are under way go on when a change of device cannot be recorded', async () => {
    const { recorder, stored, until } = createScene();
    recorder.setTrack(trackOf('first'));
    recorder.setRunning(true, 'room/me');
    fault = { when: 'made', error: new DOMException('no', 'NotSupportedError') };
    recorder.setTrack(trackOf('second'));
    await until(() => !recorder.progress.sending && stored.length > 0);
    expect(stored).toEqual(['rec1 chunk 0', 'rec1 complete with 1']);
    expect(recorder.progress.failure?.code).toBe('capture_failed');
  });
});
