// One's own microphone: permission, device, level, speaking, mute. Lives before and outside of any room, so that it can be
// checked first. Muting disables the track: silence is sent and recorded, time goes on.
import { createEmitter } from '../emitter.ts';
import { createSpeakingDetector, meterOf } from './speaking-detector.ts';

export type MicrophoneProblem = 'denied' | 'not_found' | 'in_use' | 'unsupported' | 'unknown';

export interface MicrophoneDevice {
  readonly deviceId: string;
  readonly label: string;
}

export interface MicrophoneState {
  readonly status: 'closed' | 'opening' | 'open' | 'failed';
  readonly problem?: MicrophoneProblem;
  /** Of the open device. */
  readonly deviceId?: string;
  /** Labels are empty until permission was given once. */
  readonly devices: readonly MicrophoneDevice[];
  readonly on: boolean;
  readonly speaking: boolean;
  /** The level meter cannot run before the person has touched the page: call `resume()` in a click handler. */
  readonly needsGesture: boolean;
}

export interface MicrophoneEvents {
  change: MicrophoneState;
  /** About 20 times a second while open, 0 to 1 on a scale made for meters. */
  level: number;
  /** The track to send: a new one after a change of device, null when closed or unplugged. */
  track: MediaStreamTrack | null;
}

export interface Microphone {
  readonly state: MicrophoneState;
  readonly track: MediaStreamTrack | null;
  on<K extends keyof MicrophoneEvents>(event: K, listener: (payload: MicrophoneEvents[K]) => void): () => void;
  /** Asks for permission if needed. Resolves to the new state, never rejects. Call again with a deviceId to change. */
  open(deviceId?: string): Promise<MicrophoneState>;
  resume(): Promise<void>;
  setOn(on: boolean): void;
  close(): void;
}

const METER_EVERY_MS = 50;

const PROBLEMS: Readonly<Record<string, MicrophoneProblem>> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'not_found',
  OverconstrainedError: 'not_found',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
  TypeError: 'unsupported',
};

/** Cancels echo because three people in one room of loudspeakers would otherwise be on every track. */
const constraintsOf = (deviceId: string | undefined): MediaStreamConstraints => ({
  audio: {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  },
});

interface Meter {
  readonly context: AudioContext;
  read(): number;
  stop(): void;
}

/** Undefined where the browser refuses (Firefox, a headset of another sample rate): the voice goes out and is recorded without. */
const tryMeter = (track: MediaStreamTrack): Meter | undefined => {
  let context: AudioContext | undefined;
  try {
    context = new AudioContext();
    return createMeter(context, track);
  } catch {
    void context?.close();
    return undefined;
  }
};

const createMeter = (context: AudioContext, track: MediaStreamTrack): Meter => {
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  source.connect(analyser);
  const window = new Float32Array(analyser.fftSize);
  return {
    context,
    read() {
      analyser.getFloatTimeDomainData(window);
      return Math.sqrt(window.reduce((sum, value) => sum + value * value, 0) / window.length);
    },
    stop() {
      source.disconnect();
      void context.close();
    },
  };
};

export const createMicrophone = (): Microphone => {
  const events = createEmitter<MicrophoneEvents>();
  let state: MicrophoneState = { status: 'closed', devices: [], on: true, speaking: false, needsGesture: false };
  let track: MediaStreamTrack | null = null;
  let meter: Meter | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let detector = createSpeakingDetector();
  let opening = 0;

  const change = (patch: Partial<MicrophoneState>) => {
    state = { ...state, ...patch };
    events.emit('change', state);
  };

  /** Only a list to choose from: a microphone that is open must not wait for it, nor be lost with it. */
  const listDevices = async () => {
    try {
      const all = await navigator.mediaDevices.enumerateDevices();
      const devices = all
        .filter((device) => device.kind === 'audioinput' && device.deviceId !== '')
        .map(({ deviceId, label }) => ({ deviceId, label }));
      change({ devices });
    } catch {
      // The former list stays.
    }
  };
  const onDeviceChange = () => void listDevices();

  const measure = () => {
    if (!meter) return;
    const rms = meter.read();
    events.emit('level', meterOf(rms));
    if (detector.add(state.on ? rms : 0, performance.now())) change({ speaking: detector.speaking });
  };

  const release = () => {
    clearInterval(timer);
    meter?.stop();
    meter = undefined;
    if (track) {
      track.onended = null;
      track.stop();
    }
    track = null;
    detector = createSpeakingDetector();
  };

  const use = (next: MediaStreamTrack) => {
    release();
    track = next;
    next.enabled = state.on;
    // Unplugged: try whatever the system offers instead; if nothing is there, say so.
    next.onended = () => void open();
    meter = tryMeter(next);
    const context = meter?.context;
    const needsGesture = () => context?.state === 'suspended';
    if (context) context.onstatechange = () => change({ needsGesture: needsGesture() });
    timer = setInterval(measure, METER_EVERY_MS);
    const { deviceId } = next.getSettings();
    const { problem: _, ...rest } = state;
    state = { ...rest, status: 'open', speaking: false, needsGesture: needsGesture() };
    if (deviceId !== undefined) state = { ...state, deviceId };
    events.emit('change', state);
    events.emit('track', next);
  };

  const open = async (deviceId?: string): Promise<MicrophoneState> => {
    opening += 1;
    const mine = opening;
    change({ status: 'opening' });
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraintsOf(deviceId));
      const [next] = stream.getAudioTracks();
      if (mine !== opening || !next) {
        for (const unused of stream.getTracks()) unused.stop();
        return state;
      }
      use(next);
      navigator.mediaDevices.addEventListener('devicechange', onDeviceChange);
      void listDevices();
    } catch (error) {
      if (mine !== opening) return state;
      const name = error instanceof Error ? error.name : '';
      release();
      events.emit('track', null);
      change({ status: 'failed', problem: PROBLEMS[name] ?? 'unknown', speaking: false });
    }
    return state;
  };

  return {
    get state() {
      return state;
    },
    get track() {
      return track;
    },
    on: events.on,
    open,
    async resume() {
      await meter?.context.resume();
    },
    setOn(on) {
      if (track) track.enabled = on;
      if (on !== state.on) change({ on, ...(on ? {} : { speaking: false }) });
    },
    close() {
      opening += 1;
      release();
      navigator.mediaDevices?.removeEventListener('devicechange', onDeviceChange);
      events.emit('track', null);
      change({ status: 'closed', speaking: false, needsGesture: false });
    },
  };
};
