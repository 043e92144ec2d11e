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
}

export const createVirtualTime = (): VirtualTime => {
  const heap: Due[] = [];
  let now = 1_000;
  let order = 0;
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
      for (let next = heap[0]; next && next.at <= instant; next = heap[0]) {
        pop();
        now = Math.max(now, next.at);
        next.run?.();
      }
      now = Math.max(now, instant);
    },
  };
};
