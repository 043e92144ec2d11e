// When a voice link is to be tried anew. Knows states and times, not how a link is tried; tears nothing down.
import type { LocalTime } from '../clock/local-time.ts';

export interface LinkWatch {
  /** Connected, and as far as can be told with packets coming. */
  readonly stands: boolean;
  /** Down for longer than several exchanges take. */
  readonly hopeless: boolean;
  /** The browser's word on the connection. */
  note(state: RTCPeerConnectionState): void;
  /** Several times a second: the timestamp of the packet played last. */
  heard(timestamp: number | undefined): void;
  /** An exchange has begun, on either side: it gets its time. */
  began(): void;
  /** Something of the exchange has come from the other side: it is on its way, however slowly. */
  progressed(): void;
  /** The other side asks for an exchange. */
  asked(): void;
  tryNow(): void;
  /** The other side cannot be reached to arrange anything; its next announcement tries at once. */
  rest(): void;
  stop(): void;
}

/**
 * A TURN server that comes back in the middle of an exchange is found by it at the browser's next repetition (over UDP, a second
 * apart in that time), else by the next exchange.
 */
const TRY_FOR_MS = 3_000;
/** Whom nothing at all comes back from is slow or cut off: more offers would only be in the way. */
const MOST_TRY_FOR_MS = 12_000;
/** On a very bad network each step alone may take a second or two: who restarts in the middle never gets through. */
const NEXT_STEP_MS = 3_000;
/** Short losses heal by themselves; after this a new path is looked for while the old one may still come back. */
const DISCONNECTED_MS = 1_500;
/** Browsers take 5 to 7 s to call a dead path disconnected; a voice sends 50 packets a second, also when it is silent. */
const STALLED_MS = 1_500;
/** Asked for while an exchange is this young: the two have crossed. */
const CROSSED_MS = 1_000;
const REST_MS = 15_000;
const HOPELESS_MS = 9_000;

export const createLinkWatch = (options: {
  readonly time: LocalTime;
  /** How much later than the other side this one acts. */
  readonly laterByMs: number;
  readonly tryAgain: () => void;
}): LinkWatch => {
  const { time, laterByMs } = options;
  let state: RTCPeerConnectionState = 'new';
  let downSince = time.now();
  /** Since the link last stood, an exchange has begun. */
  let tried = false;
  /** Exchanges since the other side was heard of. */
  let unanswered = 0;
  let begunAt = downSince;
  /** The end of the present exchange's time. */
  let dueAt = begunAt + TRY_FOR_MS + laterByMs;
  let lastTimestamp: number | undefined;
  let heardAt: number | undefined;
  let stopped = false;
  let cancel = () => {};

  const arm = (instant: number) => {
    cancel();
    if (!stopped) cancel = time.after(Math.max(0, instant - time.now()), tryNow);
  };
  const began = () => {
    tried = true;
    begunAt = time.now();
    dueAt = begunAt + Math.min(MOST_TRY_FOR_MS, TRY_FOR_MS * 2 ** unanswered) + laterByMs;
    unanswered += 1;
    // A link that stands and is silent is tried once: the other side may just have nothing to send.
    if (state === 'connected') cancel();
    else arm(dueAt);
  };
  const tryNow = () => {
    began();
    options.tryAgain();
  };
  const rise = () => {
    tried = false;
    cancel();
  };
  arm(dueAt);

  return {
    get stands() {
      return state === 'connected' && !tried;
    },
    get hopeless() {
      return state !== 'connected' && time.now() - downSince >= HOPELESS_MS;
    },
    note(next) {
      const wasConnected = state === 'connected';
      state = next;
      if (state === 'connected') return rise();
      if (wasConnected) downSince = time.now();
      if (tried) return arm(dueAt);
      if (wasConnected || state === 'failed') arm(time.now() + (state === 'failed' ? 0 : DISCONNECTED_MS) + laterByMs);
    },
    heard(timestamp) {
      const now = time.now();
      if (timestamp !== undefined && timestamp !== lastTimestamp) {
        lastTimestamp = timestamp;
        heardAt = now;
        if (state === 'connected') rise();
      } else if (heardAt !== undefined && now - heardAt >= STALLED_MS) {
        heardAt = undefined;
        if (state === 'connected' && !tried) arm(now + laterByMs);
      }
    },
    began,
    progressed() {
      unanswered = 0;
      if (!tried) return;
      dueAt = Math.max(dueAt, time.now() + NEXT_STEP_MS + laterByMs);
      if (state !== 'connected') arm(dueAt);
    },
    tryNow,
    asked() {
      if (time.now() - begunAt >= CROSSED_MS) tryNow();
    },
    rest() {
      if (state !== 'connected') arm(time.now() + REST_MS);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
};
