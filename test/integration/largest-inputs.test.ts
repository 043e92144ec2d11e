// Nothing that somebody can send costs more than its bytes: each input of each door at its largest, against a plain one of the
// same size, in CPU of the server process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { chunkHeaders } from '../support/servers/api-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { openRawSocket, type RawSocket } from '../support/servers/raw-socket.ts';
import { createCpuMeter } from './cpu-meter.ts';

const HEADER_LENGTH = 15_000;
/** Parsers differ by small factors from input to input; what is quadratic lies far beyond. */
const MAX_RATIO = 2;
/** What a single input may cost beside that. */
const SPARE_MS = 5;

let database: TestDatabase;
let server: RunningServer;
let measure: ReturnType<typeof createCpuMeter>;
let studyId: string;

const call = async (method: string, path: string, { body, ...headers }: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text() };
};
const post = async <Answer>(path: string, body: unknown): Promise<Answer> => {
  const authorization = `Bearer ${server.researcherKey}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const { text } = await call('POST', path, { ...headers, body: JSON.stringify(body) });
  return JSON.parse(text) as Answer;
};

/** In a room of its own: limits of one case are not those of the next. */
const takeSeat = async (): Promise<string> => {
  const { rooms } = await post<{ rooms: { code: string }[] }>(`/api/studies/${studyId}/rooms`, {});
  return (await post<{ token: string }>('/api/join', { code: rooms[0]?.code, nickname: 'a' })).token;
};

/** No worse than the plain input of the same size. */
const expectCheap = async (
  plain: () => Promise<unknown>,
  largest: () => Promise<unknown>,
  { times, inputs = 1 }: { readonly times: number; readonly inputs?: number },
) => {
  const cost = await measure(plain, largest, times);
  const [plainMs, largestMs] = [cost.plainMs / inputs, cost.largestMs / inputs];
  const both = `plain ${plainMs.toFixed(2)} ms, largest ${largestMs.toFixed(2)} ms`;
  expect(largestMs, both).toBeLessThan(plainMs * MAX_RATIO + SPARE_MS);
};

const filled = (start: string, unit: string, end: string, length: number): string =>
  start + unit.repeat(Math.floor((length - start.length - end.length) / unit.length)) + end;
const quotes = filled('x', '"', 'x', HEADER_LENGTH);

beforeAll(async () => {
  database = await createTestDatabase();
  server = await spawnServer({
    env: { DATABASE_URL: database.url, ROLE: 'server', LOG_LEVEL: 'info', TRUST_PROXY: 'true' },
  });
  measure = createCpuMeter(server);
  const study = {
    title: 'A study',
    pages: [{ title: 'One', questions: [{ id: 'q1', prompt: 'Why?', kind: 'text', maxLength: 10_000 }] }],
    settings: { roomSize: 2, graceMs: 3_600_000 },
  };
  studyId = (await post<{ id: string }>('/api/studies', study)).id;
}, 60_000);
afterAll(async () => {
  await server.stop();
  await database.drop();
});

describe('[CE1] headers and queries', () => {
  const plainHeader = (name: string) => () => call('GET', '/api/ice-servers', { [name]: 'x'.repeat(HEADER_LENGTH) });
  const cases: [string, string, string][] = [
    ['quotes in a token', 'authorization', `Bearer ${quotes}`],
    ['spaces in a token', 'authorization', filled('Bearer ', ' ', 'x', HEADER_LENGTH)],
    ['dots in a token', 'authorization', filled('Bearer x', '.', 'x', HEADER_LENGTH)],
    ['a researcher key', 'authorization', filled('Bearer tri_', 'x', '', HEADER_LENGTH)],
    ['spaces in a language', 'accept-language', filled('x', ' ', 'k', HEADER_LENGTH)],
    ['addresses of proxies', 'x-forwarded-for', filled('', '::,', '::1%', HEADER_LENGTH)],
    ['an address with a zone', 'x-forwarded-for', filled('fe80::1', '%', '%', HEADER_LENGTH)],
    ['a request id', 'x-request-id', filled('x', '-', '!', HEADER_LENGTH)],
    ['cookies', 'cookie', filled('', 'a=b;', '', HEADER_LENGTH)],
  ];
  it.each(cases)('%s', async (_, name, value) => {
    await expectCheap(plainHeader('x-anything'), () => call('GET', '/api/ice-servers', { [name]: value }), {
      times: 20,
    });
  });

  const plainQuery = () => call('GET', `/api/rooms?x=${'x'.repeat(HEADER_LENGTH)}`);
  it.each([
    ['quotes in an access token', `access=${encodeURIComponent(quotes).slice(0, HEADER_LENGTH)}x`],
    ['tokens without number', filled('', 'token&', 'access', HEADER_LENGTH)],
    ['parameters without number', filled('', 'a=1&Token=2&', '', HEADER_LENGTH)],
    ['a cursor', `cursor=${'1'.repeat(HEADER_LENGTH)}`],
    ['escapes', filled('', '%F0%9F%98%80', '', HEADER_LENGTH)],
  ])('%s', async (_, query) => {
    await expectCheap(plainQuery, () => call('GET', `/api/rooms?${query}`), { times: 20 });
  });

  it('a code in the path', async () => {
    const path = (unit: string) => `/api/join/${filled('', unit, 'x', HEADER_LENGTH)}`;
    await expectCheap(
      () => call('GET', path('x')),
      () => call('GET', path('%20-')),
      { times: 20 },
    );
  });

  it('a range, a digest and stamps, of who has a seat', async () => {
    const authorization = `Bearer ${await takeSeat()}`;
    const put = (headers: Record<string, string>) => () =>
      call('PUT', '/api/recordings/none/chunks/0', { authorization, ...headers });
    const plain = put({ 'x-anything': 'x'.repeat(HEADER_LENGTH) });
    for (const [name, value] of [
      ['content-digest', filled('', 'sha-256 =:', ',', HEADER_LENGTH)],
      ['content-digest', filled('sha-256=:', ' ', '=: x', HEADER_LENGTH)],
      ['range', filled('bytes=', '1', '-x', HEADER_LENGTH)],
      ['chunk-started-at', '1'.repeat(HEADER_LENGTH)],
    ] as const)
      await expectCheap(plain, put({ [name]: value }), { times: 10 });
  });
});

it('[CE3] one chunk with the highest index makes no answer large', async () => {
  const token = await takeSeat();
  const socket = await openRawSocket(server.url);
  await socket.ask(`40/session,${JSON.stringify({ token })}`);
  let frame = await socket.ask('42/session,1["recording:start",{"mimeType":"audio/webm"}]');
  while (frame?.startsWith('43/session,1') === false) frame = await socket.next();
  const [, recordingId] = /"recordingId":"([^"]+)"/.exec(frame ?? '') ?? [];
  const authorization = `Bearer ${token}`;
  const headers = { authorization, ...chunkHeaders(Buffer.from('x')), body: 'x' };
  expect((await call('PUT', `/api/recordings/${recordingId}/chunks/99999`, headers)).status).toBe(201);
  const get = (id: string | undefined) => () => call('GET', `/api/recordings/${id}`, { authorization });
  const { text } = await get(recordingId)();
  expect(JSON.parse(text)).toMatchObject({ received: [99_999], missingCount: 99_999 });
  expect(text.length).toBeLessThan(10_000);
  await expectCheap(get('nothing'), get(recordingId), { times: 10 });
  await socket.close();
});

describe('[CE1] bodies that anybody may send', () => {
  const LENGTH = 63 * 1024;
  const join = (body: string) => () => call('POST', '/api/join', { 'content-type': 'application/json', body });
  const plain = join(JSON.stringify({ code: 'x'.repeat(LENGTH) }));
  it.each([
    ['nested arrays', filled('', '[', '', LENGTH / 2) + filled('', ']', '', LENGTH / 2)],
    ['a list of consents', filled('{"code":"ABC234","nickname":"x","consent":[0', ',0', ']}', LENGTH)],
    ['keys without number', filled('{"a":0', ',"b":1', '}', LENGTH)],
    ['a code of separators', filled('{"code":"', ' -', '"}', LENGTH)],
    ['a nickname of marks', filled('{"code":"ABC234","nickname":"', 'e\u0301', '"}', LENGTH / 2)],
    ['a PIN', filled('{"code":"ABC234","nickname":"x","pin":"', '0', '"}', LENGTH)],
    ['an externalId', filled('{"code":"ABC234","nickname":"x","externalId":"', '{', '"}', LENGTH)],
    ['escapes', filled('{"code":"', '\\u00e9', '"}', LENGTH)],
  ])('%s', async (_, body) => {
    await expectCheap(plain, join(body), { times: 20 });
  });
});

describe('[CE1] answers that anybody may ask for', () => {
  it.each(['/api/openapi.json', '/api/docs'])('%s', async (path) => {
    await expectCheap(
      () => call('GET', `/api/nothing?${'x'.repeat(HEADER_LENGTH)}`),
      () => call('GET', path),
      { times: 20 },
    );
  });
});

describe('[CE1] frames of sockets', () => {
  const LARGEST = 1_000_000;
  const MESSAGES = 5;
  const onNewSocket = (frame: string) => async () => {
    const socket = await openRawSocket(server.url);
    await socket.ask(frame);
    await socket.close();
  };
  /** A heartbeat of that size, which nobody reads, and then a CONNECT. */
  const plainConnect = async () => {
    const socket = await openRawSocket(server.url);
    void socket.ask(`3${'x'.repeat(LARGEST)}`);
    await socket.ask('40/session,{"token":"x"}');
    await socket.close();
  };

  it.each([
    ['a token of quotes', filled('40/session,{"token":"x', "'", 'x"}', 16_000)],
    ['a CONNECT of any size', filled('40/session,{"token":"', 'x', '"}', LARGEST)],
    ['a CONNECT of many values', filled('40/session,{"a":[0', ',0', ']}', LARGEST)],
    ['a CONNECT to a namespace without end', filled('40/', 'x', ',{}', LARGEST)],
    ['an event before any CONNECT', filled('42/signaling,1["signal",[0', ',{}', ']]', LARGEST)],
    ['an event of no namespace', filled('42["signal",[0', ',{}', ']]', LARGEST)],
    ['announced attachments', filled('459/session,1["page:turn",{"a":[0', ',0', ']}]', LARGEST)],
    ['an acknowledgement', filled('43/session,1[0', ',0', ']', LARGEST)],
  ])('%s, from nobody', async (_, frame) => {
    await expectCheap(plainConnect, onNewSocket(frame), { times: 10 });
  });

  const connected = async (namespace: string, token: string): Promise<RawSocket> => {
    const socket = await openRawSocket(server.url);
    await socket.ask(`40${namespace},${JSON.stringify({ token, instance: 'page' })}`);
    return socket;
  };
  const messages = (namespace: string, token: string, frame: string) => async () => {
    const socket = await connected(namespace, token);
    for (let index = 0; index < MESSAGES; index += 1) await socket.ask(frame);
    await socket.close();
  };
  const plainMessages = (namespace: string, token: string, length: number) => async () => {
    const socket = await connected(namespace, token);
    for (let index = 0; index < MESSAGES; index += 1) {
      void socket.ask(`3${'x'.repeat(length)}`);
      await socket.ask(`42${namespace},1["unknown",{}]`);
    }
    await socket.close();
  };

  it.each([
    [
      '/session',
      'of any size',
      filled('42/session,1["choice:submit",{"questionId":"q1","value":[0', ',0', ']}]', LARGEST),
    ],
    [
      '/session',
      'as large as is parsed',
      filled('42/session,1["choice:submit",{"questionId":"q1","value":[0', ',0', ']}]', 65_000),
    ],
    ['/session', 'nested', `42/session,1["page:turn",${'['.repeat(32_000)}${']'.repeat(32_001)}`],
    ['/signaling', 'of any size', filled('42/signaling,1["signal",{"to":[0', ',0', ']}]', LARGEST)],
    ['/signaling', 'as large as is parsed', filled('42/signaling,1["signal",{"to":[0', ',0', ']}]', 69_000)],
    [
      '/signaling',
      'to nobody',
      filled(
        '42/signaling,1["signal",{"to":"x","epoch":1,"description":{"type":"offer","sdp":"',
        '\\n',
        '"}}]',
        69_000,
      ),
    ],
  ])('a message in %s, %s', async (namespace, _, frame) => {
    const token = await takeSeat();
    await expectCheap(plainMessages(namespace, token, frame.length), messages(namespace, token, frame), {
      times: 5,
      inputs: MESSAGES,
    });
  });
});
