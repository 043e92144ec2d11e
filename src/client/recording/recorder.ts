// Records the viewer while the debate runs: a take per stretch of one track.

import type { KeptRecording, UploadProgress } from '../client-state.ts';
import type { RoomClock } from '../clock/clock.ts';
import type { LocalTime } from '../clock/local-time.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import { type Capture, recordingMimeType, startCapture } from './capture.ts';
import type { RecordingUpload } from './recording-upload.ts';
import { createTakes } from './takes.ts';

export interface Recorder {
  readonly progress: UploadProgress;
  /** The track to record, null when there is none; another track is another take. */
  setTrack(track: MediaStreamTrack | null): void;
  /** Whether the debate runs and is recorded. `owner` names the participant in the spool. */
  setRunning(running: boolean, owner: string): void;
  /** The network may be back. */
  retryNow(): void;
  /** Asks once more for what the server has refused for good. */
  sendAgain(): Promise<void>;
  /** What is not on the server, as files. */
  kept(): Promise<KeptRecording[]>;
  /** Another tab has the place: the capture ends, and that tab may send what this one cannot. */
  suspend(): Promise<void>;
  /** Ends the capture; resolves when its last slice is on its way. */
  close(): Promise<void>;
}

const CAPTURE_FAILED = 'capture_failed';
/** A capture that ends by itself before its second slice has failed; so many in a row, and the next one would as well. */
const BRIEF_MS = 2_000;
const MOST_BRIEF = 3;

export const createRecorder = (options: {
  readonly time: LocalTime;
  readonly clock: Pick<RoomClock, 'now'>;
  readonly createId: () => string;
  readonly send: CommandQueue['send'];
  readonly createUpload: (recordingId: string) => RecordingUpload;
  readonly onProgress: () => void;
}): Recorder => {
  const takes = createTakes(options);
  const mimeType = recordingMimeType();
  let track: MediaStreamTrack | null = null;
  let running = false;
  let owner: string | undefined;
  let capture: Capture | undefined;
  let closing: Promise<unknown> = Promise.resolve();
  /** The browser refused to record; another track or another start may work. */
  let captureFailure: UploadProgress['failure'];
  /** Captures in a row that ended by themselves as soon as they had begun. */
  let brief = 0;
  /** Some of the talk was not even captured. */
  let lacking = false;

  const closeWith = (ending: Promise<unknown>) => {
    closing = Promise.allSettled([closing, ending]);
  };

  const failCapture = (reason: string) => {
    lacking = true;
    captureFailure = {
      code: CAPTURE_FAILED,
      message: `The browser does not record this microphone (${reason}). Open it again.`,
    };
  };

  const tryCapture = (start: () => Capture): Capture | undefined => {
    try {
      return start();
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      failCapture(reason);
      return undefined;
    }
  };

  const begin = (recorded: MediaStreamTrack, type: string, ofOwner: string) => {
    const capturedAt = options.clock.now();
    const begunAt = options.time.now();
    const started = tryCapture(() =>
      startCapture({
        ...options,
        track: recorded,
        mimeType: type,
        onSlice: (slice) => take.add(slice),
        onLost: (reason) => take.lose(reason),
        onEnded(failure) {
          closeWith(take.finish());
          if (capture === handle) capture = undefined;
          brief = options.time.now() - begunAt < BRIEF_MS ? brief + 1 : 0;
          if (failure !== undefined) failCapture(failure);
          else if (brief >= MOST_BRIEF) failCapture('it stops each time that it is started');
          // After sleep or a failure the talk goes on in a new take, if the track still lives.
          decide();
        },
      }),
    );
    if (!started) return;
    // Only now: a capture that does not start leaves no take and no lock behind.
    const take = takes.begin({ owner: ofOwner, mimeType: type, capturedAt });
    const handle: Capture = {
      mimeType: type,
      async stop() {
        await started.stop();
        await take.finish();
      },
    };
    capture = handle;
  };

  const stopCapture = () => {
    if (capture) closeWith(capture.stop());
    capture = undefined;
  };

  /** Another track or another start may work where the former did not. */
  const hopeAnew = () => {
    captureFailure = undefined;
    brief = 0;
  };

  const decide = () => {
    const wanted = running && !captureFailure && owner !== undefined && track?.readyState === 'live';
    if (wanted && mimeType === undefined) failCapture('no format that it offers');
    if (!wanted) stopCapture();
    else if (!capture && track && owner !== undefined && mimeType !== undefined) begin(track, mimeType, owner);
    options.onProgress();
  };

  const close = async () => {
    running = false;
    decide();
    await closing;
  };

  return {
    get progress() {
      const progress = takes.progress;
      const sending = capture !== undefined || progress.sending;
      const failure = captureFailure ?? progress.failure;
      return {
        ...progress,
        capturing: capture !== undefined,
        sending,
        lacking: lacking || progress.lacking,
        complete: !sending && !lacking && !progress.lacking && progress.keptTakes === 0,
        ...(failure ? { failure } : {}),
      };
    },
    setTrack(next) {
      if (next === track) return;
      track = next;
      if (next) hopeAnew();
      stopCapture();
      decide();
    },
    setRunning(next, ofOwner) {
      if (owner === undefined) {
        owner = ofOwner;
        takes.recover(ofOwner);
      }
      if (next === running) return;
      running = next;
      if (next) hopeAnew();
      decide();
    },
    retryNow: takes.retryNow,
    sendAgain: takes.sendAgain,
    kept: takes.kept,
    async suspend() {
      await close();
      takes.yieldUnannounced();
    },
    close,
  };
};
