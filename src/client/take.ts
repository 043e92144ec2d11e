// One take from its first slice to its completion on the server: spooled, announced, uploaded, stopped, completed. The same
// way serves a take that an earlier page load left behind.
import type { ApiRefusal } from './api-refusal.ts';
import type { CommandQueue } from './command-queue.ts';
import type { LocalTime } from './local-time.ts';
import type { RecordingUpload, UploadChunk } from './recording-upload.ts';
import { createRetryPause } from './retry-pause.ts';
import type { Spool, SpooledTake } from './spool.ts';

export interface TakeProgress {
  readonly queuedChunks: number;
  readonly queuedBytes: number;
  readonly uploadedChunks: number;
  readonly finished: boolean;
  readonly failure?: { readonly code: string; readonly message: string };
}

export interface Take {
  readonly progress: TakeProgress;
  add(chunk: Omit<UploadChunk, 'index'>): void;
  /** No further chunk will come. */
  end(): void;
  retryNow(): void;
}

/** Refusals of the person or the moment, not of the bytes: a later visit may still bring them home. */
const WORTH_KEEPING: ReadonlySet<string> = new Set([
  'unauthorized',
  'forbidden',
  'removed',
  'unavailable',
  'busy',
  'network',
]);

export const createTake = (options: {
  readonly take: SpooledTake;
  /** Left by an earlier page load. */
  readonly left: readonly UploadChunk[];
  readonly spool: Spool;
  readonly send: CommandQueue['send'];
  readonly time: LocalTime;
  readonly random?: () => number;
  readonly createUpload: (recordingId: string) => RecordingUpload;
  readonly onProgress: () => void;
}): Take => {
  const { spool, send } = options;
  let { take } = options;
  let nextIndex = options.take.storedUpTo ?? 0;
  const queued = new Map<number, number>();
  let uploaded = 0;
  let finished = false;
  let failure: TakeProgress['failure'];
  let current: RecordingUpload | undefined;
  /** Writes to the spool in order. A full disk must not stop the upload: then only the memory holds the chunk. */
  let spooling: Promise<void> = Promise.resolve();

  const save = (write: () => Promise<void>): Promise<void> => {
    spooling = spooling.then(write).catch(() => {});
    return spooling;
  };

  const fail = (error: Pick<ApiRefusal, 'code' | 'message'>) => {
    failure ??= { code: error.code, message: error.message };
    options.onProgress();
  };

  const pause = createRetryPause(options.time, options.random ?? Math.random);

  /** Asks for as long as there is hope: the connection may be given up and taken over again, the chunks wait meanwhile. */
  const announce = async () => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await send('recording:start', { mimeType: take.mimeType, commandId: take.commandId });
      if (answer.ok || !answer.error.retryable) return answer;
      await pause.wait(attempt);
    }
  };

  const announced = (async (): Promise<RecordingUpload | undefined> => {
    await save(() => spool.putTake(take));
    let { recordingId } = take;
    if (recordingId === undefined) {
      const started = await announce();
      if (!started.ok) {
        fail(started.error);
        return undefined;
      }
      recordingId = started.recordingId;
      take = { ...take, recordingId };
      await save(() => spool.putTake(take));
    }
    current = options.createUpload(recordingId);
    return current;
  })();

  const upload = async (chunk: UploadChunk) => {
    queued.set(chunk.index, chunk.bytes.byteLength);
    options.onProgress();
    const target = await announced;
    const result = await target?.add(chunk);
    queued.delete(chunk.index);
    if (result?.ok) {
      uploaded += 1;
      take = { ...take, storedUpTo: Math.max(take.storedUpTo ?? 0, chunk.index + 1) };
      void save(() => spool.putTake(take));
      // The first chunk alone makes the others readable: it stays until the whole take is safe.
      if (chunk.index > 0) void save(() => spool.deleteChunk(take.takeId, chunk.index));
    } else if (result) {
      fail(result.error);
    }
    options.onProgress();
  };

  const finish = async (chunkCount: number) => {
    const target = await announced;
    if (target && take.recordingId !== undefined) {
      // If it cannot be said because the connection was given up: completing stops the recording too.
      await send('recording:stop', { recordingId: take.recordingId, commandId: `${take.commandId}-stop` });
      const result = await target.complete(chunkCount);
      if (!result.ok && result.error.code !== 'recording_complete') fail(result.error);
    }
    if (failure === undefined || !WORTH_KEEPING.has(failure.code)) await save(() => spool.deleteTake(take.takeId));
    finished = true;
    options.onProgress();
  };

  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    void finish(nextIndex);
  };

  for (const chunk of options.left) {
    nextIndex = Math.max(nextIndex, chunk.index + 1);
    void upload(chunk);
  }

  return {
    get progress() {
      const queuedBytes = [...queued.values()].reduce((sum, bytes) => sum + bytes, 0);
      return {
        queuedChunks: queued.size,
        queuedBytes,
        uploadedChunks: uploaded,
        finished,
        ...(failure ? { failure } : {}),
      };
    },
    add(part) {
      const chunk = { ...part, index: nextIndex };
      nextIndex += 1;
      void save(() => spool.putChunk({ ...chunk, takeId: take.takeId }));
      void upload(chunk);
    },
    end,
    retryNow() {
      pause.wake();
      current?.retryNow();
    },
  };
};
