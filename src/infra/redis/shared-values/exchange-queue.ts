// In which order rooms are exchanged with Redis, and how many at once: after an outage every room has something to publish, and
// all at once the last would wait beyond its time limit. A room is exchanged by one call at a time. Owns the states below.
//
// running  At the start, and from `paused` when the pause is over. While Redis is up, the next room begins as soon as fewer
//          than ROOMS_AT_ONCE are in exchange; an outage is over when its owner calls `resume`.
// paused   From `running`, when an exchange has failed: for RETRY_MS no other begins.
// closed   From both, for good.
import assert from 'node:assert/strict';

type State = 'running' | 'paused' | 'closed';

const ENTERED_FROM: Readonly<Record<State, readonly State[]>> = {
  running: ['paused'],
  paused: ['running'],
  closed: ['running', 'paused'],
};

export interface ExchangeQueue {
  /** Once for however many calls come before its turn; once more when it is in exchange already. */
  add(roomId: string): void;
  isExchanging(roomId: string): boolean;
  /** Redis is back. */
  resume(): void;
  close(): void;
}

interface ExchangeQueueOptions {
  readonly isUp: () => boolean;
  /** False when Redis could not be asked: the room is exchanged again after a pause. Never rejects. */
  readonly exchange: (roomId: string) => Promise<boolean>;
  /** The room's exchange is over. */
  readonly onEnd: (roomId: string) => void;
}

const ROOMS_AT_ONCE = 50;
const RETRY_MS = 250;

export const createExchangeQueue = ({ isUp, exchange, onEnd }: ExchangeQueueOptions): ExchangeQueue => {
  const waiting = new Set<string>();
  const exchanging = new Set<string>();
  let state: State = 'running';
  let pause: NodeJS.Timeout | undefined;

  const enter = (next: State): void => {
    assert.ok(ENTERED_FROM[next].includes(state), `the queue goes from ${state} to ${next}`);
    state = next;
    clearTimeout(pause);
    if (next === 'running') begin();
    if (next === 'paused') pause = setTimeout(() => enter('running'), RETRY_MS);
  };

  const run = async (roomId: string): Promise<void> => {
    const isDone = await exchange(roomId);
    if (!isDone) waiting.add(roomId);
    if (!isDone && state === 'running') enter('paused');
    exchanging.delete(roomId);
    onEnd(roomId);
    begin();
  };

  const begin = (): void => {
    for (const roomId of waiting) {
      if (state !== 'running' || !isUp() || exchanging.size >= ROOMS_AT_ONCE) return;
      if (exchanging.has(roomId)) continue;
      waiting.delete(roomId);
      exchanging.add(roomId);
      void run(roomId);
    }
  };

  return {
    add(roomId) {
      waiting.add(roomId);
      begin();
    },
    isExchanging: (roomId) => exchanging.has(roomId),
    resume: begin,
    close() {
      if (state === 'closed') return;
      enter('closed');
      waiting.clear();
    },
  };
};
