import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { studyContentSchema } from '../protocol/study.ts';
import type { RoomState } from '../room/state.ts';
import { createRoomViews } from '../studies/room-views.ts';
import type { HttpDeps } from './context.ts';
import { createLiveStream } from './live-stream.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const state = {
  definition: {
    roomId: 'r',
    content: studyContentSchema.parse({ title: 'T', pages: [{ title: 'One' }] }),
  },
  phase: 'running',
  version: 1,
  participants: {
    p: {
      id: 'p',
      seat: 0,
      joinedAt: 1,
      standing: 'seated',
      epoch: 1,
      connection: { epoch: 1, bootId: 'b' },
      muted: false,
    },
  },
  recordings: {},
} as unknown as RoomState;

/** A room in which one person speaks and uploads; what is asked of the database is counted. */
const openRoom = () => {
  const seen = { speaking: false, chunks: 0, reads: 0, erased: false };
  const watchers = new Set<() => void>();
  const deps = {
    rooms: {
      state: async () => state,
      watch: (_: string, onChange: () => void) => {
        watchers.add(onChange);
        return () => watchers.delete(onChange);
      },
    },
    studyRooms: { get: async () => (seen.erased ? undefined : { joinUrl: 'u' }) },
    voice: { of: () => new Map([['p', { micOn: true, speaking: seen.speaking }]]), watch: () => () => {} },
    uploadsOf: async () => {
      seen.reads += 1;
      return new Map([['p', { chunks: seen.chunks, bytes: 0, pending: 0, complete: false }]]);
    },
    wrongPinsOf: () => 0,
    clock: { monotonic: () => Date.now() },
    apiKeys: { isActive: async () => true, onRevoked: () => () => {} },
    stopping: new AbortController().signal,
    log: pino({ level: 'silent' }),
  };
  const reader = createLiveStream({
    ...deps,
    roomViews: createRoomViews(deps as unknown as Parameters<typeof createRoomViews>[0]),
  } as unknown as HttpDeps)('r', 'key').getReader();
  const frames: { participants: { speaking: boolean; upload: { chunks: number } }[] }[] = [];
  const ended = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const data = /data: (.*)/.exec(new TextDecoder().decode(value))?.[1];
      if (data) frames.push(JSON.parse(data));
    }
  })();
  const notice = (): void => {
    for (const watcher of watchers) watcher();
  };
  return { seen, frames, notice, reader, ended };
};

it('[JN11] tells of microphones at once and asks the database once a second, until nothing is left to tell', async () => {
  const { seen, frames, notice, reader } = openRoom();
  await vi.advanceTimersByTimeAsync(0);
  expect([frames.length, seen.reads]).toEqual([1, 1]);
  for (let count = 1; count <= 50; count += 1) {
    seen.speaking = count % 2 === 0;
    // The last of all that happens: no later change brings it along.
    if (count === 50) seen.chunks = 7;
    notice();
    await vi.advanceTimersByTimeAsync(200);
    expect(frames.at(-1)?.participants[0]?.speaking).toBe(seen.speaking);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(frames.at(-1)?.participants[0]).toMatchObject({ speaking: true, upload: { chunks: 7 } });
  const after = seen.reads;
  expect(after).toBeLessThanOrEqual(13);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen.reads).toBe(after);
  await reader.cancel();
  expect(vi.getTimerCount()).toBe(0);
});

it('ends when the room is found to be erased', async () => {
  const { seen, notice, ended } = openRoom();
  await vi.advanceTimersByTimeAsync(1_000);
  seen.erased = true;
  notice();
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});
