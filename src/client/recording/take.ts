// One take from its first slice to its completion on the server: spooled, announced, uploaded, stopped, completed. The same
// way serves a take that an earlier page load left behind. The spool lets go of what the server has said to be durable, of
// nothing else.
//
// sending  captured, or on its way. Temporary refusals leave it here, however many.
// stored   every chunk is acknowledged and the recording complete: gone from the spool.
// lacking  as stored, but something that was captured is neither here nor there (it could not be read or kept).
// kept     refused for good: stays in the spool, to be saved as a file or sent again.
// erased   the room is no more, and so is the take: gone from the spool.

import type { LocalTime } from '../clock/local-time.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import { createRetryPause } from '../session/retry-pause.ts';
import type { RecordingUpload, UploadChunk } from './recording-upload.ts';
import type { Spool, SpooledTake } from './spool.ts';

export type TakeState = 'sending' | 'stored' | 'lacking' | 'kept' | 'erased';

export interface TakeProgress {
  readonly queuedChunks: number;
  readonly queuedBytes: number;
  readonly uploadedChunks: number;
  readonly state: TakeState;
  readonly failure?: { readonly code: string; readonly message: string };
}

export interface Take {
  readonly progress: TakeProgress;
  /** As the spool knows it. */
  readonly spooled: SpooledTake;
  add(chunk: Omit<UploadChunk, 'index'>): void;
  /** Something was captured and cannot be had. */
  lose(reason: string): void;
  /** No further chunk will come. */
  end(): void;
  retryNow(): void;
}

/** The voice is to be forgotten, here too. */
const ERASED_CODES: ReadonlySet<string> = new Set(['room_not_found', 'withdrawn']);

export const createTake = (options: {
  readonly take: SpooledTake;
  /** Left by an earlier page load, or by an earlier try of this one. */
  readonly left: readonly UploadChunk[];
  readonly spool: Spool;
  readonly send: CommandQueue['send'];
  readonly time: LocalTime;
  readonly random?: () => number;
  readonly createUpload: (recordingId: string) => RecordingUpload;
  readonly onProgress: () => void;
  /** It left `sending`: nothing more is done about it. */
  readonly onOver?: () => void;
}): Take => {
  const { spool, send } = options;
  let { take } = options;
  let state: TakeState = 'sending';
  let nextIndex = options.take.storedUpTo ?? 0;
  const queued = new Map<number, number>();
  let uploaded = 0;
  /** The first refusal that is final, of a chunk or of the whole. */
  let refusal: TakeProgress['failure'];
  let loss: TakeProgress['failure'];
  let current: RecordingUpload | undefined;
  /** Writes to the spool in order. */
  let spooling: Promise<void> = Promise.resolve();

  const save = (write: () => Promise<void>): Promise<void> => {
    spooling = spooling.then(write).catch(() => {});
    return spooling;
  };

  const refuse = ({ code, message }: { readonly code: string; readonly message: string }) => {
    refusal ??= { code, message };
    options.onProgress();
  };
  /** A bug of ours must not be what loses a voice either. */
  const refuseUnknown = (error: unknown) => refuse({ code: 'internal', message: String(error) });
  const lose = (code: string, message: string) => {
    loss ??= { code, message };
    options.onProgress();
  };

  const pause = createRetryPause(options.time, options.random ?? Math.random);

  /** Asks for as long as there is hope: the connection may be given up and taken over again, the chunks wait meanwhile. */
  const announce = async () => {
    const { mimeType, commandId } = take;
    // Takes of former versions do not say it, but their first chunk does.
    const capturedAt = take.capturedAt ?? options.left.find(({ index }) => index === 0)?.startedAt;
    const body = { mimeType, commandId, ...(capturedAt === undefined ? {} : { capturedAt }) };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await send('recording:start', body);
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
        refuse(started.error);
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
      refuse(result.error);
    }
    options.onProgress();
  };

  const sendUp = (chunk: UploadChunk) => {
    void upload(chunk).catch((error: unknown) => {
      queued.delete(chunk.index);
      refuseUnknown(error);
    });
  };

  const complete = async (chunkCount: number) => {
    const target = await announced;
    if (!target || take.recordingId === undefined) return;
    // If it cannot be said because the connection was given up: completing stops the recording too.
    await send('recording:stop', { recordingId: take.recordingId, commandId: `${take.commandId}-stop` });
    const result = await target.complete(chunkCount);
    if (result.ok || result.error.code === 'recording_complete') return;
    // All chunks that are here were acknowledged: what is missing never came into the spool.
    if (result.error.code === 'chunks_missing' && !refusal) lose(result.error.code, result.error.message);
    else refuse(result.error);
  };

  /** What has no bytes is no loss, whatever the server says of it. */
  const stateAtEnd = (chunkCount: number): TakeState => {
    if (refusal && ERASED_CODES.has(refusal.code)) return 'erased';
    if (refusal && chunkCount > 0) return 'kept';
    return loss ? 'lacking' : 'stored';
  };

  const finish = async (chunkCount: number) => {
    await complete(chunkCount).catch(refuseUnknown);
    const next = stateAtEnd(chunkCount);
    await save(() => (next === 'kept' ? Promise.resolve() : spool.deleteTake(take.takeId)));
    state = next;
    options.onProgress();
    options.onOver?.();
  };

  let ended = false;
  for (const chunk of options.left) {
    nextIndex = Math.max(nextIndex, chunk.index + 1);
    sendUp(chunk);
  }

  return {
    get progress() {
      const queuedBytes = [...queued.values()].reduce((sum, bytes) => sum + bytes, 0);
      const failure = refusal ?? loss;
      return {
        queuedChunks: queued.size,
        queuedBytes,
        uploadedChunks: uploaded,
        state,
        ...(failure ? { failure } : {}),
      };
    },
    get spooled() {
      return take;
    },
    add(part) {
      const chunk = { ...part, index: nextIndex };
      nextIndex += 1;
      void save(() => spool.putChunk({ ...chunk, takeId: take.takeId }));
      sendUp(chunk);
    },
    lose: (reason) => lose('capture_failed', reason),
    end() {
      if (ended) return;
      ended = true;
      void finish(nextIndex);
    },
    retryNow() {
      pause.wake();
      current?.retryNow();
    },
  };
};
