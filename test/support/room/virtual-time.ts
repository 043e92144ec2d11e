// Time and chance of one simulated run: nothing waits, everything that is due runs in order of its instant, and one seed
// decides all.
import type { LocalTime } from '../../../src/client/clock/local-time.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export interface VirtualTime extends LocalTime {
  runUntil(instant: number): void;
  /** For what goes on in promises: after each thing that was due, all that it has set off comes to rest before the next. */
  settleUntil(instant: number): Promise<void>;
}

/** Every promise that can go on has gone on: Node calls back when no microtask is left. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
/** What waits for a turn of the event loop goes on too. */
const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** A turn takes some time, so only one of so many is one. */
const TURN_EVERY = 32;

export const createVirtualTime = (): VirtualTime => {
  const heap: Due[] = [];
  let now = 1_000;
  let order = 0;
  let events = 0;
  const before = (a: Due, b: Due) => a.at - b.at || a.order - b.order;

  const push = (due: Due) => {
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || before(above, due) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  };

  const pop = (): Due | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (!left) break;
      let smaller = left;
      if (right && before(right, left) < 0) {
        smaller = right;
        child += 1;
      }
      if (before(last, smaller) <= 0) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return first;
  };

  /** The next that is due until then, with the time moved on to it. */
  const nextUntil = (instant: number): Due | undefined => {
    const next = heap[0];
    if (!next || next.at > instant) return undefined;
    pop();
    now = Math.max(now, next.at);
    return next;
  };

  return {
    now: () => now,
    after(delayMs, run) {
      order += 1;
      const due: Due = { at: now + Math.max(0, delayMs), order, run };
      push(due);
      return () => {
        due.run = undefined;
      };
    },
    runUntil(instant) {
      for (let next = nextUntil(instant); next; next = nextUntil(instant)) next.run?.();
      now = Math.max(now, instant);
    },
    async settleUntil(instant) {
      await turned();
      for (let next = nextUntil(instant); next; next = nextUntil(instant)) {
        if (!next.run) continue;
        next.run();
        events += 1;
        await (events % TURN_EVERY === 0 ? turned() : settled());
      }
      now = Math.max(now, instant);
    },
  };
};
