// What nginx does by itself, in front of nodes that are away, hang up or refuse: what it says then, whom it asks next, and
// what it never writes down.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { ERROR_CODES, type ErrorCode, messageOf } from '../../src/protocol/error-codes.ts';
import { describeWithNginx } from '../support/describe-with-program.ts';
import type { ErrorBody } from '../support/servers/api-client.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (let last = closers.pop(); last; last = closers.pop()) await last();
});

/** Ports that nobody ever listens on. A free one may be somebody's a moment later, and would answer. */
const NOBODY: readonly number[] = [1, 2];
/** Others on this machine may ask a port that was theirs before. */
const OURS = randomUUID();

/** Something that answers in a node's place, and what it was asked from here. */
const startNode = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    if (request.headers['x-test-run'] === OURS) asked.push(request);
    request.resume();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the node has no port');
  return { port: address.port, asked };
};
const startHangingUp = () => startNode((request) => request.once('end', () => request.socket.destroy()));
const startAnswering = () => startNode((_, response) => response.end('answered'));

const startFront = async (nodes: readonly number[]): Promise<Nginx> => {
  const nginx = await startNginx({ nodes });
  closers.push(() => nginx.stop());
  return nginx;
};

/** One answer with a length, to a request that no client library would send. */
const sendRaw = async (port: number, ...lines: string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  socket.write([...lines, `X-Test-Run: ${OURS}`, '', ''].join('\r\n'));
  let answer = '';
  for await (const part of socket) {
    answer += String(part);
    const [, head = '', length = ''] = /^([\s\S]*?\r\nContent-Length: (\d+)\r\n[\s\S]*?\r\n\r\n)/.exec(answer) ?? [];
    if (head !== '' && Buffer.byteLength(answer) === Buffer.byteLength(head) + Number(length)) break;
  }
  return answer;
};
const ask = (nginx: Nginx, method = 'GET', body?: string): Promise<Response> =>
  fetch(`${nginx.url}/api/x`, { method, headers: { 'x-test-run': OURS }, ...(body !== undefined && { body }) });
const bodyOf = (answer: string): ErrorBody => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as ErrorBody;

describeWithNginx('nginx alone', () => {
  it('[JN7] refuses in the words of the nodes, in both languages, with the request id', async () => {
    const nginx = await startFront(NOBODY);
    const largest = 24 * 1024 * 1024;
    const requests: readonly [ErrorCode, number, string][] = [
      ['unavailable', 503, 'GET /api/studies HTTP/1.1'],
      ['not_found', 404, 'GET /metrics HTTP/1.1'],
      ['unavailable', 503, `PUT /api/x HTTP/1.1\r\nContent-Length: ${largest}`],
      ['body_too_large', 413, `PUT /api/x HTTP/1.1\r\nContent-Length: ${largest + 1}`],
      ['invalid_request', 400, 'GET /%00 HTTP/1.1'],
      ['invalid_request', 414, `GET /${'x'.repeat(9_000)} HTTP/1.1`],
    ];
    for (const [code, status, head] of requests) {
      for (const language of ['en', 'ko'] as const) {
        const id = randomUUID();
        const headers = ['Host: nginx', `Accept-Language: ${language}`, `X-Request-Id: ${id}`];
        const answer = await sendRaw(nginx.port, head, ...headers);
        expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
        expect(answer).toMatch(/\r\nContent-Type: application\/json\r\n/);
        const { message, requestId, ...rest } = bodyOf(answer).error;
        expect(rest).toMatchObject({ code, retryable: ERROR_CODES[code].retryable });
        // A request whose first line is broken is refused before its headers are read.
        const isRead = code !== 'invalid_request';
        expect(message).toBe(
          messageOf({ code, ...(rest.details && { details: rest.details }) }, isRead ? language : 'en'),
        );
        expect(answer).toContain(`\r\nX-Request-Id: ${requestId}\r\n`);
        if (isRead) expect(requestId).toBe(id);
      }
    }
  });

  it('[SE4] writes tokens into no log, whatever becomes of the request', async () => {
    const [answering, hangingUp] = [await startAnswering(), await startHangingUp()];
    const secret = `eyJ${randomUUID()}`;
    const paths = [
      `/api/recordings/1/audio?access=${secret}`,
      `/socket.io/?EIO=4&transport=websocket&token=${secret}`,
      `/socket.io/%3Ftoken=${secret}`,
      `/socket.io/&TOKEN=${secret}`,
      `/j/code#token=${secret}`,
      `/metrics?token=${secret}`,
      `/${'x'.repeat(9_000)}?token=${secret}`,
    ];
    for (const nodes of [[answering.port], [hangingUp.port], NOBODY]) {
      const nginx = await startFront(nodes);
      for (const path of paths) {
        const headers = ['Host: nginx', `Referer: http://nginx/?token=${secret}`, `Authorization: Bearer ${secret}`];
        await sendRaw(nginx.port, `GET ${path} HTTP/1.1`, ...headers);
      }
      // startNginx looks by HEAD whether it is there.
      const lines = () =>
        nginx
          .accessLog()
          .split('\n')
          .filter((line) => line !== '' && !line.includes('"HEAD"'));
      await eventually('all is logged', () => lines().length === paths.length);
      expect(nginx.accessLog()).not.toContain(secret);
      expect(nginx.output()).not.toContain(secret);
      // The log does tell what was asked and which node failed.
      const line = JSON.parse(lines().find((one) => one.includes('/audio')) ?? '{}') as Record<string, unknown>;
      expect(line).toMatchObject({ method: 'GET', path: '/api/recordings/1/audio' });
      expect(line.node).toContain(`127.0.0.1:${nodes[0]}`);
      expect(line.nodeStatus).toMatch(nodes.includes(answering.port) ? /^200$/ : /^502/);
    }
    expect([answering.asked.length, hangingUp.asked.length]).toEqual([5, 5]);
  });

  it('asks the next node when one dies over a request, unless its repeat might do something twice', async () => {
    /** Of the first request that met the dying node. */
    const outcomeOf = async (method: string, body?: string) => {
      const [hangingUp, answering] = [await startHangingUp(), await startAnswering()];
      const nginx = await startFront([hangingUp.port, answering.port]);
      for (;;) {
        const before = answering.asked.length;
        const response = await ask(nginx, method, body);
        await response.text();
        if (hangingUp.asked.length > 0) return [response.status, answering.asked.length - before];
      }
    };
    expect(await outcomeOf('GET')).toEqual([200, 1]);
    expect(await outcomeOf('DELETE')).toEqual([200, 1]);
    // Of a body that does not come in one piece nothing is kept.
    expect(await outcomeOf('PUT', 'x'.repeat(1_000_000))).toEqual([503, 0]);
    expect(await outcomeOf('POST', '{}')).toEqual([503, 0]);
    expect(await outcomeOf('PATCH', '{}')).toEqual([503, 0]);
  });

  it('sends every request, a POST too, past a node that cannot be reached', async () => {
    const answering = await startAnswering();
    const nginx = await startFront([...NOBODY, answering.port]);
    for (let count = 0; count < 20; count += 1) {
      const response = await ask(nginx, 'POST', 'once');
      expect([response.status, await response.text()]).toEqual([200, 'answered']);
    }
    expect(answering.asked).toHaveLength(20);
  });

  it('passes on what a node says, its 503 too, and asks no other', async () => {
    const nodes = [1, 2].map(() => startNode((_, response) => response.writeHead(503).end('busy')));
    const [first, second] = [await nodes[0], await nodes[1]];
    const nginx = await startFront([first?.port ?? 0, second?.port ?? 0]);
    for (let count = 1; count <= 10; count += 1) {
      const response = await ask(nginx);
      expect([response.status, await response.text()]).toEqual([503, 'busy']);
      expect((first?.asked.length ?? 0) + (second?.asked.length ?? 0)).toBe(count);
    }
  });

  it('switches to WebSocket only, under one spelling, and tells a node who asks', async () => {
    const node = await startAnswering();
    const nginx = await startFront([node.port]);
    const upgrade = ['Host: a.example:81', 'Connection: Upgrade', 'X-Forwarded-For: 198.51.100.1', 'X-Request-Id: a b'];
    for (const [path, protocol] of [
      ['//socket.io/./?EIO=4', 'WebSocket'],
      ['/socket.io/', 'h2c'],
      ['/api/x', 'websocket'],
      ['/', 'websocket'],
    ]) {
      const answer = await sendRaw(nginx.port, `GET ${path} HTTP/1.1`, ...upgrade, `Upgrade: ${protocol}`);
      expect(answer).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(node.asked.map(({ url, headers }) => [url, headers.upgrade, headers.connection])).toEqual([
      ['/socket.io/?EIO=4', 'websocket', 'upgrade'],
      ['/socket.io/', undefined, undefined],
      ['/api/x', undefined, undefined],
      ['/', undefined, undefined],
    ]);
    for (const { headers } of node.asked) {
      expect(headers).toMatchObject({ host: 'a.example:81', 'x-forwarded-for': '127.0.0.1' });
      expect(headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.example:81' });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('refuses a flood from one address', async () => {
    // Nobody is there to slow it down.
    const nginx = await startFront(NOBODY);
    const head = 'GET /api/x HTTP/1.1\r\nHost: nginx\r\nAccept-Language: ko\r\n';
    const flood = async (): Promise<string> => {
      const socket = connect(nginx.port, '127.0.0.1');
      socket.write(`${`${head}\r\n`.repeat(899)}${head}Connection: close\r\n\r\n`);
      return Buffer.concat(await socket.toArray()).toString();
    };
    let answers = '';
    let passed = 0;
    while (!answers.includes('HTTP/1.1 429 ')) {
      answers = (await Promise.all(Array.from({ length: 8 }, flood))).join('');
      passed += answers.match(/HTTP\/1.1 503 /g)?.length ?? 0;
    }
    expect(passed).toBeGreaterThanOrEqual(3_000);
    const refusal = answers.slice(answers.indexOf('HTTP/1.1 429 '));
    expect(refusal).toContain(messageOf({ code: 'rate_limited' }, 'ko'));
    expect(refusal).toContain('"retryable":true,"retryAfterMs":1000');
  });
});
