// Cuts one microphone track into slices with MediaRecorder and stamps each with the room clock. One capture is one take.
import type { RoomClock } from '../clock/clock.ts';
import type { LocalTime } from '../clock/local-time.ts';

export interface Slice {
  readonly bytes: Blob;
  /** Room clock, epoch ms; a slice begins where the former ended. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Capture {
  readonly mimeType: string;
  /** The last slice has been given out when it resolves. */
  stop(): Promise<void>;
}

/** Only the first slice holds the header without which nothing can be decoded: it goes up at once. */
const FIRST_SLICE_MS = 250;
/** What a dead browser can lose, against the number of uploads: 12 kB each at this bit rate. */
const SLICE_MS = 2_000;
/** No slice for this long: the machine slept. The recorder hides the lost time, so a new take must begin. */
const SLEPT_MS = 5_000;
/** A recorder gives something, if only an empty slice, soon after it is asked; this often unheard, it never will. */
const MOST_UNANSWERED = 3;
/** Before the first that holds something: a few are a device that wakes up. */
const MOST_EMPTY = 3;
/** The last slice comes within milliseconds. */
const STOP_LIMIT_MS = 2_000;
/** Mono speech: well above what recognition and listening need, 22 MB an hour. */
const BITS_PER_SECOND = 48_000;

const SILENT = 'the recorder gives nothing';
const EMPTY = 'the recorder gave no sound';

const MIME_TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'] as const;

export const recordingMimeType = (): string | undefined => {
  try {
    return MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  } catch {
    // Absent, or refused on being named.
    return undefined;
  }
};

export const startCapture = (options: {
  readonly track: MediaStreamTrack;
  readonly mimeType: string;
  readonly clock: Pick<RoomClock, 'now'>;
  readonly time: LocalTime;
  readonly onSlice: (slice: Slice) => void;
  /** What was captured since the last slice will not come. */
  readonly onLost: (reason: string) => void;
  /** The capture ended by itself: device gone, recorder failed, machine slept; with a reason, when trying again is no use. */
  readonly onEnded: (failure?: string) => void;
}): Capture => {
  const { clock, time, mimeType } = options;
  const recorder = new MediaRecorder(new MediaStream([options.track]), {
    mimeType,
    audioBitsPerSecond: BITS_PER_SECOND,
  });
  let cancel = () => {};
  let cancelLimit = () => {};
  let asked = false;
  let over = false;
  /** Requests since the last answer. */
  let unanswered = 0;
  let gaveSound = false;
  let empty = 0;
  /** Set when the last slice reaches less far than now. */
  let endsAt: number | undefined;
  let resolveStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    resolveStopped = resolve;
  });

  /** Once: with the recorder's last slice, or when it is clear that none will come. */
  const end = (lost?: string) => {
    if (over) return;
    over = true;
    cancel();
    cancelLimit();
    resolveStopped();
    if (lost !== undefined) options.onLost(lost);
    else if (!gaveSound && empty > MOST_EMPTY) options.onLost(EMPTY);
    if (!asked) options.onEnded(lost);
  };
  const halt = () => {
    cancel();
    if (!over) cancelLimit = time.after(STOP_LIMIT_MS, () => end(SILENT));
    if (recorder.state !== 'inactive') recorder.stop();
  };
  recorder.onstop = () => end();

  const cut = () => {
    if (recorder.state !== 'recording') return;
    const lateMs = time.now() - dueAt;
    if (lateMs > SLEPT_MS) {
      endsAt = clock.now() - lateMs;
      halt();
      return;
    }
    if (unanswered >= MOST_UNANSWERED) {
      halt();
      end(SILENT);
      return;
    }
    unanswered += 1;
    recorder.requestData();
    dueAt = time.now() + SLICE_MS;
    cancel = time.after(SLICE_MS, cut);
  };

  recorder.ondataavailable = ({ data }) => {
    unanswered = 0;
    // Too late: its take is closed, and what it holds was counted as lost.
    if (over) return;
    // An empty slice is no chunk; the next one covers its time.
    if (data.size === 0) {
      empty += 1;
      return;
    }
    gaveSound = true;
    const endedAt = Math.max(startedAt, endsAt ?? clock.now());
    options.onSlice({ bytes: data, startedAt, endedAt });
    startedAt = endedAt;
  };
  recorder.onerror = halt;
  // Sound is taken from the call on: the `start` event comes only with the first encoded frame, some 60 ms later.
  recorder.start();
  let startedAt = clock.now();
  let dueAt = time.now() + FIRST_SLICE_MS;
  cancel = time.after(FIRST_SLICE_MS, cut);

  return {
    mimeType,
    stop() {
      asked = true;
      halt();
      return stopped;
    },
  };
};
