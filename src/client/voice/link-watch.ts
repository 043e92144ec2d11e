// When a voice link is to be tried again. Knows states and times, not how a link is tried; tears nothing down. An exchange is one
// offer and its answer. Owns the states below.
//
// down      Not connected, and no exchange has begun since the link last stood. At the start; from `standing` or `silent` when
//           the browser says that the connection is lost. The first exchange begins after a while.
// trying    Not connected, an exchange is on its way. From `down` when one begins, from `checking` when the connection is lost.
//           The next begins when this one's time is over.
// standing  Connected. From every state when the browser says so; from `silent` and `checking` when a packet comes.
// silent    Connected, but packets have stopped coming. From `standing`. One exchange follows.
// checking  Connected, and an exchange has begun all the same. From `standing` or `silent`. No other follows: the other side may
//           just have nothing to send.
// stopped   From every state, for good.
import type { LocalTime } from '../clock/local-time.ts';

type State = 'down' | 'trying' | 'standing' | 'silent' | 'checking' | 'stopped';

export interface LinkWatch {
  /** Connected, and as far as can be told with packets coming. */
  readonly stands: boolean;
  /** Down for longer than several exchanges take. */
  readonly hopeless: boolean;
  /** What the browser says of the connection. */
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
/** The limit while nothing at all comes back: the other side is slow or cut off, and more offers would only be in the way. */
const MOST_TRY_FOR_MS = 12_000;
/** On a very bad network each step alone may take a second or two: an exchange that is begun again in its middle never ends. */
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
  let state: State = 'down';
  let downSince = time.now();
  /** Exchanges since anything came from the other side. */
  let unanswered = 0;
  let begunAt = downSince;
  /** The end of the present exchange's time. */
  let dueAt = begunAt + TRY_FOR_MS + laterByMs;
  let lastTimestamp: number | undefined;
  /** When the last new packet was played; undefined while none has been since they stopped. */
  let packetAt: number | undefined;
  let cancel = () => {};

  const isConnected = () => state === 'standing' || state === 'silent' || state === 'checking';

  /** `tryAt`: when the next exchange begins, unless something else happens before. */
  const enter = (next: State, tryAt?: number) => {
    cancel();
    if (state === 'stopped') return;
    state = next;
    if (tryAt !== undefined) cancel = time.after(Math.max(0, tryAt - time.now()), tryNow);
  };
  const began = () => {
    begunAt = time.now();
    dueAt = begunAt + Math.min(MOST_TRY_FOR_MS, TRY_FOR_MS * 2 ** unanswered) + laterByMs;
    unanswered += 1;
    if (isConnected()) enter('checking');
    else enter('trying', dueAt);
  };
  const tryNow = () => {
    began();
    options.tryAgain();
  };
  const lost = (hasFailed: boolean) => {
    downSince = time.now();
    if (state === 'checking') enter('trying', dueAt);
    else enter('down', downSince + (hasFailed ? 0 : DISCONNECTED_MS) + laterByMs);
  };
  enter('down', dueAt);

  return {
    get stands() {
      return state === 'standing' || state === 'silent';
    },
    get hopeless() {
      return !isConnected() && time.now() - downSince >= HOPELESS_MS;
    },
    note(connection) {
      if (connection === 'connected') enter('standing');
      else if (isConnected()) lost(connection === 'failed');
      else if (state === 'trying') enter('trying', dueAt);
      else if (connection === 'failed') enter('down', time.now() + laterByMs);
    },
    heard(timestamp) {
      const now = time.now();
      if (timestamp !== undefined && timestamp !== lastTimestamp) {
        lastTimestamp = timestamp;
        packetAt = now;
        if (isConnected()) enter('standing');
      } else if (packetAt !== undefined && now - packetAt >= STALLED_MS) {
        packetAt = undefined;
        if (state === 'standing') enter('silent', now + laterByMs);
      }
    },
    began,
    progressed() {
      unanswered = 0;
      if (state !== 'trying' && state !== 'checking') return;
      dueAt = Math.max(dueAt, time.now() + NEXT_STEP_MS + laterByMs);
      if (state === 'trying') enter('trying', dueAt);
    },
    tryNow,
    asked() {
      if (time.now() - begunAt >= CROSSED_MS) tryNow();
    },
    rest() {
      if (state === 'down' || state === 'trying') enter(state, time.now() + REST_MS);
    },
    stop: () => enter('stopped'),
  };
};
