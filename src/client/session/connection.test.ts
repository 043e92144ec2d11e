import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { afterEach, describe, expect, test } from 'vitest';
import { createLocalTime } from '../clock/local-time.ts';
import { type Connection, createConnection } from './connection.ts';
import { createReconnectPolicy } from './reconnect-policy.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listen = async (port = 0): Promise<{ io: Server; http: HttpServer; port: number }> => {
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'] });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  closers.push(() => io.close());
  return { io, http, port: (http.address() as AddressInfo).port };
};

const connect = (port: number) => {
  const happened: string[] = [];
  const waiting = new Set<() => void>();
  const note = (text: string) => {
    happened.push(text);
    for (const look of waiting) look();
  };
  const time = createLocalTime();
  const channelOf = (name: string) => ({
    auth: { token: 'secret' },
    handlers: {
      up: () => note(`${name} up`),
      down: () => note(`${name} down`),
      message: (event: string, body: unknown) => note(`${name} ${event} ${JSON.stringify(body)}`),
    },
  });
  const connection: Connection = createConnection({
    serverUrl: `http://127.0.0.1:${port}`,
    policy: createReconnectPolicy(),
    time,
    channels: { '/session': channelOf('session'), '/signaling': channelOf('signaling') },
    onFinal: (code) => note(`final ${code}`),
  });
  closers.push(() => connection.stop());
  /** Resolves when the text has been noted that many times. */
  const until = (text: string, times = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (happened.filter((one) => one === text).length < times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { connection, happened, until };
};

describe('the connection', () => {
  test('both namespaces share one connection, messages and acks go both ways', async () => {
    const { io, port } = await listen();
    io.of('/session').on('connection', (socket: Socket) => {
      socket.on('echo', (body: unknown, ack: (answer: unknown) => void) =>
        ack({ body, token: socket.handshake.auth.token }),
      );
      socket.emit('hello', { n: 1 });
    });
    io.of('/signaling').on('connection', () => {});
    const { connection, until } = connect(port);
    connection.start();
    await Promise.all([until('session up'), until('signaling up'), until('session hello {"n":1}')]);
    expect(io.engine.clientsCount).toBe(1);
    const answer = await new Promise((resolve) => connection.emitOn('/session')('echo', { a: 1 }, resolve as never));
    expect(answer).toEqual({ body: { a: 1 }, token: 'secret' });
  });

  test('[CL6] comes back by itself after the server was away', async () => {
    const first = await listen();
    for (const name of ['/session', '/signaling']) first.io.of(name).on('connection', () => {});
    const { connection, until } = connect(first.port);
    connection.start();
    await until('session up');
    await first.io.close();
    await until('session down');
    const second = await listen(first.port);
    for (const name of ['/session', '/signaling']) second.io.of(name).on('connection', () => {});
    await Promise.all([until('session up', 2), until('signaling up', 2)]);
  });

  test('[CL6] a temporary refusal is tried again, a final one ends it with its code', async () => {
    const { io, port } = await listen();
    const codes = ['unavailable', 'removed'];
    let asked = 0;
    io.of('/signaling').on('connection', () => {});
    io.of('/session').use((_, next) => {
      const code = codes[asked];
      asked += 1;
      next(Object.assign(new Error('no'), { data: { code } }));
    });
    const { connection, until, happened } = connect(port);
    connection.start();
    await until('final removed');
    expect(asked).toBe(2);
    expect(happened).not.toContain('session up');
    connection.retryNow();
    expect(asked).toBe(2);
  });

  test('an answerless connection can be replaced', async () => {
    const { io, port } = await listen();
    for (const name of ['/session', '/signaling']) io.of(name).on('connection', () => {});
    const { connection, until } = connect(port);
    connection.start();
    await until('session up');
    connection.recycle();
    await until('session down');
    await until('session up', 2);
  });
});

describe('the reconnect policy', () => {
  test('[CL6] tries at once, then quickly for as long as a restart takes, then every two seconds, with jitter', () => {
    const policy = createReconnectPolicy(() => 0.5);
    expect([0, 1, 2, 3, 4].map((attempt) => policy.nextDelayMs(attempt, 1_000))).toEqual([50, 150, 250, 400, 600]);
    expect(policy.nextDelayMs(40, 25_000)).toBe(2_000);
    expect(policy.nextDelayMs(100_000, 1e9)).toBe(2_000);
    const spread = [0, 1].map((random) => createReconnectPolicy(() => random).nextDelayMs(40, 25_000));
    expect(spread).toEqual([1_500, 2_500]);
  });
});
