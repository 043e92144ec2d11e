// This machine's time and timers, injected everywhere so that tests need no waiting. In browsers a worker
// keeps them too: a page in the background has its own timers slowed to one a second or less, a worker's keep running.

export interface LocalTime {
  /** Monotonic, ms. Its zero means nothing. */
  now(): number;
  /** Runs once after `delayMs`; returns the cancellation. */
  after(delayMs: number, run: () => void): () => void;
}

export interface StoppableTime extends LocalTime {
  /** Ends the worker; timers not yet due never run, nor do those set afterwards. */
  stop(): void;
}

const WORKER_SOURCE = `
const timers = new Map();
onmessage = ({ data: [id, delay] }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (delay >= 0) timers.set(id, setTimeout(() => { timers.delete(id); postMessage(id); }, delay));
};`;

const createTimerWorker = (): Worker | null => {
  if (typeof Worker === 'undefined' || typeof URL.createObjectURL !== 'function') return null;
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  try {
    return new Worker(url);
  } catch {
    // A content security policy without blob: workers: timers in the background become coarse, everything else works.
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
};

export const createLocalTime = (): StoppableTime => {
  const pending = new Map<number, { readonly run: () => void; readonly timer: ReturnType<typeof setTimeout> }>();
  let worker = createTimerWorker();
  let lastId = 0;
  let stopped = false;

  const fire = (id: number) => {
    const entry = pending.get(id);
    if (!pending.delete(id)) return;
    clearTimeout(entry?.timer);
    entry?.run();
  };
  if (worker) {
    worker.onmessage = (message: MessageEvent<number>) => fire(message.data);
    // The policy may also be enforced after construction.
    worker.onerror = () => {
      worker = null;
    };
  }

  return {
    now: () => performance.now(),
    after(delayMs, run) {
      // What still waits for its next try when everything is closed must not live on in the page.
      if (stopped) return () => {};
      lastId += 1;
      const id = lastId;
      const delay = Math.max(0, delayMs);
      // Whichever is first: the page's own timer while it is in view (no hop between threads), the worker's otherwise.
      const timer = setTimeout(() => {
        worker?.postMessage([id, -1]);
        fire(id);
      }, delay);
      pending.set(id, { run, timer });
      worker?.postMessage([id, delay]);
      return () => {
        clearTimeout(timer);
        if (pending.delete(id)) worker?.postMessage([id, -1]);
      };
    },
    stop() {
      stopped = true;
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
      worker?.terminate();
      worker = null;
    },
  };
};
