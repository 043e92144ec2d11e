// When a voice link is to be tried anew. Knows states and times, not how a link is tried; tears nothing down.
import type { LocalTime } from './local-time.ts';

export interface LinkWatch {
  /** Not standing although two exchanges have had their time. */
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
 * As long as an exchange takes on a bad network, and no longer: a TURN server that comes back in the middle of one is found
 * by it at the browser's next repetition (2 s apart at most in that time), or by the next exchange.
 */
const TRY_FOR_MS = 4_000;
/** On a very bad network each step alone may take a second or two. */
const NEXT_STEP_MS = 3_000;
/** Short losses heal by themselves; after this a new path is looked for while the old one may still come back. */
const DISCONNECTED_MS = 1_500;
/** Browsers take 5 to 7 s to call a dead path disconnected; a voice sends 50 packets a second, also when it is silent. */
const STALLED_MS = 1_500;
/** Asked for while an exchange is this young: the two have crossed. */
const CROSSED_MS = 1_000;
const REST_MS = 15_000;
const HOPELESS_EXCHANGES = 3;

export const createLinkWatch = (options: {
  readonly time: LocalTime;
  /** How much later than the other side this one acts. */
  readonly laterByMs: number;
  readonly tryAgain: () => void;
}): LinkWatch => {
  const { time, laterByMs } = options;
  let state: RTCPeerConnectionState = 'new';
  /** Since the link last stood. */
  let exchanges = 0;
  let begunAt = time.now();
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
    exchanges += 1;
    begunAt = time.now();
    dueAt = begunAt + TRY_FOR_MS + laterByMs;
    // A link that stands and is silent is tried once: the other side may just have nothing to send.
    if (state === 'connected') cancel();
    else arm(dueAt);
  };
  const tryNow = () => {
    began();
    options.tryAgain();
  };
  const stands = () => {
    exchanges = 0;
    cancel();
  };
  arm(dueAt);

  return {
    get hopeless() {
      return state !== 'connected' && exchanges >= HOPELESS_EXCHANGES;
    },
    note(next) {
      const wasConnected = state === 'connected';
      state = next;
      if (state === 'connected') return stands();
      if (exchanges > 0) return arm(dueAt);
      if (wasConnected || state === 'failed') arm(time.now() + (state === 'failed' ? 0 : DISCONNECTED_MS) + laterByMs);
    },
    heard(timestamp) {
      const now = time.now();
      if (timestamp !== undefined && timestamp !== lastTimestamp) {
        lastTimestamp = timestamp;
        heardAt = now;
        if (state === 'connected') stands();
      } else if (heardAt !== undefined && now - heardAt >= STALLED_MS) {
        heardAt = undefined;
        if (state === 'connected' && exchanges === 0) arm(now + laterByMs);
      }
    },
    began,
    progressed() {
      if (exchanges === 0) return;
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
