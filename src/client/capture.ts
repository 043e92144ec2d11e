// Cuts one microphone track into slices with MediaRecorder and stamps each with the room clock. One capture is one take.
import type { RoomClock } from './clock.ts';
import type { LocalTime } from './local-time.ts';

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
/** Mono speech: well above what recognition and listening need, 22 MB an hour. */
const BITS_PER_SECOND = 48_000;

const MIME_TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'] as const;

export const recordingMimeType = (): string | undefined =>
  typeof MediaRecorder === 'undefined' ? undefined : MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type));

export const startCapture = (options: {
  readonly track: MediaStreamTrack;
  readonly mimeType: string;
  readonly clock: Pick<RoomClock, 'now'>;
  readonly time: LocalTime;
  readonly onSlice: (slice: Slice) => void;
  /** The capture ended by itself: device gone, recorder failed, machine slept. */
  readonly onEnded: () => void;
}): Capture => {
  const { clock, time, mimeType } = options;
  const recorder = new MediaRecorder(new MediaStream([options.track]), {
    mimeType,
    audioBitsPerSecond: BITS_PER_SECOND,
  });
  let cancel = () => {};
  let asked = false;
  /** Set when the last slice reaches less far than now. */
  let endsAt: number | undefined;

  const stopped = new Promise<void>((resolve) => {
    recorder.onstop = () => {
      cancel();
      resolve();
      if (!asked) options.onEnded();
    };
  });

  const cut = () => {
    if (recorder.state !== 'recording') return;
    const lateMs = time.now() - dueAt;
    if (lateMs > SLEPT_MS) {
      endsAt = clock.now() - lateMs;
      recorder.stop();
      return;
    }
    recorder.requestData();
    dueAt = time.now() + SLICE_MS;
    cancel = time.after(SLICE_MS, cut);
  };

  recorder.ondataavailable = ({ data }) => {
    // An empty slice is no chunk; the next one covers its time.
    if (data.size === 0) return;
    const endedAt = Math.max(startedAt, endsAt ?? clock.now());
    options.onSlice({ bytes: data, startedAt, endedAt });
    startedAt = endedAt;
  };
  recorder.onerror = () => {
    if (recorder.state !== 'inactive') recorder.stop();
  };
  // Sound is taken from the call on: the `start` event comes only with the first encoded frame, some 60 ms later.
  recorder.start();
  let startedAt = clock.now();
  let dueAt = time.now() + FIRST_SLICE_MS;
  cancel = time.after(FIRST_SLICE_MS, cut);

  return {
    mimeType,
    stop() {
      asked = true;
      if (recorder.state !== 'inactive') recorder.stop();
      return stopped;
    },
  };
};
