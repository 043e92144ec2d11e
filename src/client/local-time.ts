// This machine's time and timers, injected everywhere so that tests need no waiting. In browsers the timers live in a
// worker: a page in the background has its own timers slowed to one a second or less, a worker's keep running.

export interface LocalTime {
  /** Monotonic, ms. Its zero means nothing. */
  now(): number;
  /** Runs once after `delayMs`; returns the cancellation. */
  after(delayMs: number, run: () => void): () => void;
}

export interface StoppableTime extends LocalTime {
  /** Ends the worker; timers not yet due never run. */
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
  const pending = new Map<
    number,
    { readonly run: () => void; readonly dueAt: number; timer?: ReturnType<typeof setTimeout> }
  >();
  let worker = createTimerWorker();
  let lastId = 0;

  const fire = (id: number) => {
    const entry = pending.get(id);
    pending.delete(id);
    entry?.run();
  };
  const armHere = (id: number) => {
    const entry = pending.get(id);
    if (entry) entry.timer = setTimeout(() => fire(id), Math.max(0, entry.dueAt - performance.now()));
  };
  if (worker) {
    worker.onmessage = (message: MessageEvent<number>) => fire(message.data);
    // The policy may also be enforced after construction: what is pending moves to the page's own timers.
    worker.onerror = () => {
      worker = null;
      for (const id of pending.keys()) armHere(id);
    };
  }

  return {
    now: () => performance.now(),
    after(delayMs, run) {
      lastId += 1;
      const id = lastId;
      const delay = Math.max(0, delayMs);
      pending.set(id, { run, dueAt: performance.now() + delay });
      if (worker) worker.postMessage([id, delay]);
      else armHere(id);
      return () => {
        const entry = pending.get(id);
        if (!pending.delete(id)) return;
        clearTimeout(entry?.timer);
        worker?.postMessage([id, -1]);
      };
    },
    stop() {
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
      worker?.terminate();
      worker = null;
    },
  };
};
