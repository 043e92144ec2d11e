import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RoomAnswer } from '../protocol/room-answers.ts';
import type { HttpDeps } from './context.ts';
import { createLiveStream } from './live-stream.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A room that is there until it is erased, and whose changes the test makes. */
const openStream = () => {
  const room = { version: 1, erased: false, revoked: false, watchers: new Set<() => void>(), reads: 0 };
  const rooms = { state: async () => (room.erased ? undefined : {}) } as unknown as HttpDeps['rooms'];
  const view = {
    read: async () => {
      room.reads += 1;
      return room.erased ? undefined : { answer: { version: room.version } as RoomAnswer };
    },
    watch: (onChange: () => void) => {
      room.watchers.add(onChange);
      return () => room.watchers.delete(onChange);
    },
  };
  const deps = {
    rooms,
    roomViews: { open: () => view },
    apiKeys: {
      isActive: async () => !room.revoked,
      onRevoked: () => () => {},
    },
    stopping: new AbortController().signal,
    log: pino({ level: 'silent' }),
  };
  const reader = createLiveStream(deps)('r', 'key').getReader();
  const next = async (): Promise<string | undefined> => {
    const { value } = await reader.read();
    return value && new TextDecoder().decode(value);
  };
  const change = (): void => {
    room.version += 1;
    for (const watcher of room.watchers) watcher();
  };
  return { room, reader, next, change };
};

it('[JN11] many changes at once are one frame, and a reader that is slow gets the newest', async () => {
  const { room, next, change } = openStream();
  expect(await next()).toBe('id: 1\ndata: {"version":1}\n\n');
  for (let count = 0; count < 100; count += 1) change();
  await vi.advanceTimersByTimeAsync(10_000);
  for (let count = 0; count < 100; count += 1) change();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(room.reads).toBe(1);
  expect(await next()).toBe('id: 201\ndata: {"version":201}\n\n');
  const quick = next();
  await vi.advanceTimersByTimeAsync(1_000);
  for (let count = 0; count < 100; count += 1) change();
  expect(await quick).toMatch(/^id: 20[2-9]|^id: 301/);
  const last = next();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await last).toBe('id: 301\ndata: {"version":301}\n\n');
  expect(room.reads).toBe(4);
});

it('says that it is still there, and ends when the room is erased', async () => {
  const { room, next } = openStream();
  await next();
  const heartbeat = next();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await heartbeat).toMatch(/^: /);
  room.erased = true;
  const last = next();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await last).toMatch(/^: /);
  expect(await next()).toBeUndefined();
  expect(room.watchers.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('tells that the room is gone, and ends', async () => {
  const { room, next, change } = openStream();
  await next();
  const last = next();
  room.erased = true;
  change();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await last).toBe('event: gone\ndata: {}\n\n');
  expect(await next()).toBeUndefined();
  expect([room.watchers.size, vi.getTimerCount()]).toEqual([0, 0]);
});

it('watches nothing before it is read, as after a HEAD request', async () => {
  const { room } = openStream();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([room.reads, room.watchers.size, vi.getTimerCount()]).toEqual([0, 0, 0]);
});

it('gives everything back when the reader leaves', async () => {
  const { room, reader, next } = openStream();
  await next();
  await reader.cancel();
  expect(room.watchers.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('[SE3] a stream whose key another node has revoked tells nothing more and ends', async () => {
  const { room, next, change } = openStream();
  expect(await next()).toContain('"version":1');
  room.revoked = true;
  const ended = next();
  change();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await ended).toBeUndefined();
  expect(room.watchers.size).toBe(0);
});
