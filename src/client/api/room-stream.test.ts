import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import { createResearcherApi } from './researcher-api.ts';

/** As much of the browser's event stream as is used. */
class FakeEventSource extends EventTarget {
  static opened: FakeEventSource[] = [];
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.opened.push(this);
  }
  close() {}
}

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal('EventSource', FakeEventSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const createScene = () => {
  const heard: string[] = [];
  const server = { requests: 0, refusal: undefined as { code: ErrorCode; status: number } | undefined, away: false };
  const api = createResearcherApi({
    serverUrl: 'http://server',
    key: 'secret',
    async fetch(_, init) {
      server.requests += 1;
      if (server.away) throw new TypeError('network');
      // As on the server: access to a path is given, whatever is there.
      if (init?.method === 'POST') return Response.json({ token: 'short', expiresAt: 1 }, { status: 201 });
      if (!server.refusal) return Response.json({ id: 'room', version: 1 });
      const { code, status } = server.refusal;
      return Response.json({ error: { code, message: code, retryable: false, requestId: 'r' } }, { status });
    },
  });
  const stop = api.watchRoom('room', {
    onRoom: ({ version }) => heard.push(`room ${version}`),
    onState: (state) => heard.push(state),
    onOver: ({ code }) => heard.push(`over: ${code}`),
  });
  return { heard, server, stop };
};
const MINUTES = 5 * 60_000;

test('a room stream comes back by itself, whatever the network does', async () => {
  const { heard, server, stop } = createScene();
  await vi.advanceTimersByTimeAsync(0);
  FakeEventSource.opened[0]?.dispatchEvent(new MessageEvent('message', { data: '{"version":3}' }));
  server.away = true;
  FakeEventSource.opened[0]?.dispatchEvent(new Event('error'));
  await vi.advanceTimersByTimeAsync(MINUTES);
  server.away = false;
  await vi.advanceTimersByTimeAsync(10_000);
  FakeEventSource.opened[1]?.dispatchEvent(new MessageEvent('message', { data: '{"version":4}' }));
  stop();
  expect([...new Set(heard)]).toEqual(['live', 'room 3', 'reconnecting', 'room 4']);
});

test.each([
  ['room_not_found', 404],
  ['unauthorized', 401],
] as const)('a room stream that is refused as %s ends and says so', async (code, status) => {
  const { heard, server } = createScene();
  await vi.advanceTimersByTimeAsync(0);
  server.refusal = { code, status };
  FakeEventSource.opened[0]?.dispatchEvent(new Event('error'));
  await vi.advanceTimersByTimeAsync(MINUTES);
  const asked = server.requests;
  await vi.advanceTimersByTimeAsync(MINUTES);
  expect(heard).toEqual(['reconnecting', `over: ${code}`]);
  expect(server.requests).toBe(asked);
  expect(FakeEventSource.opened).toHaveLength(1);
});
