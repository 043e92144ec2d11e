// Records the viewer while the debate runs: a take per stretch of one track, and the takes that earlier page loads left.
import { type Capture, recordingMimeType, type Slice, startCapture } from './capture.ts';
import type { UploadProgress } from './client-state.ts';
import type { RoomClock } from './clock.ts';
import type { CommandQueue } from './command-queue.ts';
import type { LocalTime } from './local-time.ts';
import type { RecordingUpload, UploadChunk } from './recording-upload.ts';
import { openSpool, type Spool, type SpooledTake } from './spool.ts';
import { createTake, type Take } from './take.ts';

export interface Recorder {
  readonly progress: UploadProgress;
  /** The track to record, null when there is none; another track is another take. */
  setTrack(track: MediaStreamTrack | null): void;
  /** Whether the debate runs and is recorded. `owner` names the participant in the spool. */
  setRunning(running: boolean, owner: string): void;
  /** The network may be back. */
  retryNow(): void;
  /** Ends the capture; resolves when its last slice is on its way. */
  close(): Promise<void>;
}

const CAPTURE_FAILED = 'capture_failed';

/** Held by the tab that writes a take: another tab must not finish it under its hands. Ends with the tab, also in a crash. */
const holdTake = (takeId: string): (() => void) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks?.request(`trialogue-take-${takeId}`, () => held);
  return release;
};

const isHeldElsewhere = async (takeId: string): Promise<boolean> => {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some((lock) => lock.name === `trialogue-take-${takeId}`);
};

export const createRecorder = (options: {
  readonly time: LocalTime;
  readonly clock: Pick<RoomClock, 'now'>;
  readonly createId: () => string;
  readonly send: CommandQueue['send'];
  readonly createUpload: (recordingId: string) => RecordingUpload;
  readonly onProgress: () => void;
}): Recorder => {
  const { createId } = options;
  const mimeType = recordingMimeType();
  // Opened when first needed: a page that never records asks for no storage.
  let opened: Promise<Spool> | undefined;
  const spool = () => {
    opened ??= openSpool();
    return opened;
  };
  let takes: readonly Take[] = [];
  let track: MediaStreamTrack | null = null;
  let running = false;
  let owner: string | undefined;
  let capture: Capture | undefined;
  let closing: Promise<unknown> = Promise.resolve();
  /** The browser refused to record; another track or another start may work. */
  let captureFailure: UploadProgress['failure'];

  const openTake = (ready: Spool, take: SpooledTake, left: readonly UploadChunk[]): Take => {
    const created = createTake({ ...options, take, left, spool: ready });
    takes = [...takes, created];
    options.onProgress();
    return created;
  };

  const recover = async (ofOwner: string) => {
    const ready = await spool();
    for (const take of await ready.takes(ofOwner).catch(() => [])) {
      if (await isHeldElsewhere(take.takeId)) continue;
      const left = await ready.chunks(take.takeId);
      // What is in the spool, or went up before, is all there will be of it.
      openTake(ready, take, left).end();
    }
  };

  const writeTake = (mimeType: string, ofOwner: string) => {
    const takeId = createId();
    const release = holdTake(takeId);
    const opening = spool().then((ready) =>
      openTake(ready, { takeId, owner: ofOwner, mimeType, commandId: createId() }, []),
    );
    let slices: Promise<unknown> = opening;
    return {
      add({ bytes, startedAt, endedAt }: Slice) {
        slices = slices.then(async () => {
          const content = new Uint8Array(await bytes.arrayBuffer());
          (await opening).add({ bytes: content, startedAt, endedAt });
        });
      },
      async finish() {
        await slices;
        (await opening).end();
        release();
      },
    };
  };

  const tryCapture = (start: () => Capture): Capture | undefined => {
    try {
      return start();
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      captureFailure = {
        code: CAPTURE_FAILED,
        message: `The browser does not record this microphone (${reason}). Open it again.`,
      };
      return undefined;
    }
  };

  const begin = (recorded: MediaStreamTrack, type: string, ofOwner: string) => {
    const started = tryCapture(() =>
      startCapture({
        ...options,
        track: recorded,
        mimeType: type,
        onSlice: (slice) => take.add(slice),
        onEnded() {
          closing = take.finish();
          if (capture === handle) capture = undefined;
          // After sleep or a failure the talk goes on in a new take, if the track still lives.
          decide();
        },
      }),
    );
    if (!started) return;
    // Only now: a capture that does not start leaves no take and no lock behind.
    const take = writeTake(type, ofOwner);
    const handle: Capture = {
      mimeType: type,
      async stop() {
        await started.stop();
        await take.finish();
      },
    };
    capture = handle;
  };

  const decide = () => {
    const wanted =
      running && !captureFailure && owner !== undefined && mimeType !== undefined && track?.readyState === 'live';
    if (!wanted && capture) {
      closing = capture.stop();
      capture = undefined;
    }
    if (wanted && !capture && track && owner !== undefined && mimeType !== undefined) begin(track, mimeType, owner);
    options.onProgress();
  };

  return {
    get progress() {
      const all = takes.map((take) => take.progress);
      const sum = (field: 'queuedChunks' | 'queuedBytes' | 'uploadedChunks') =>
        all.reduce((total, progress) => total + progress[field], 0);
      const failure = captureFailure ?? all.find((progress) => progress.failure)?.failure;
      return {
        capturing: capture !== undefined,
        queuedChunks: sum('queuedChunks'),
        queuedBytes: sum('queuedBytes'),
        uploadedChunks: sum('uploadedChunks'),
        complete: capture === undefined && all.every((progress) => progress.finished),
        ...(failure ? { failure } : {}),
      };
    },
    setTrack(next) {
      if (next === track) return;
      track = next;
      if (next) captureFailure = undefined;
      if (capture) {
        closing = capture.stop();
        capture = undefined;
      }
      decide();
    },
    setRunning(next, ofOwner) {
      if (owner === undefined) {
        owner = ofOwner;
        void recover(ofOwner);
      }
      if (next === running) return;
      running = next;
      if (next) captureFailure = undefined;
      decide();
    },
    retryNow() {
      for (const take of takes) take.retryNow();
    },
    async close() {
      running = false;
      decide();
      await closing;
    },
  };
};
