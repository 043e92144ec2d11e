// A Redis whose clock a test sets. It stands between nodes and server and moves the time in the answers to TIME, which are of
// one length before and after. (Debian's redis-server does not start under libfaketime: its allocator asks for the time first.)
import { connect, createServer, type Socket } from 'node:net';

/** What the nodes' script answers: seconds, microseconds, correction. */
const TIME_ANSWER = /(\*3\r\n\$10\r\n)(\d{10})(\r\n\$\d\r\n\d+\r\n)/g;

export interface RedisClock {
  readonly url: string;
  /** From now on the clock is so far ahead of the machine's. */
  set(aheadSeconds: number): void;
  /** Answers to TIME that have been passed on. */
  readonly asked: number;
  close(): Promise<void>;
}

export const createRedisClock = async (redisPort: number): Promise<RedisClock> => {
  const sockets = new Set<Socket>();
  let ahead = 0;
  let asked = 0;

  const moved = (answer: Buffer): Buffer => {
    const text = answer.toString('latin1').replace(TIME_ANSWER, (_, head: string, seconds: string, rest: string) => {
      asked += 1;
      return `${head}${Number(seconds) + ahead}${rest}`;
    });
    return Buffer.from(text, 'latin1');
  };

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: redisPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (answer) => client.write(moved(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the Redis in between has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    set(aheadSeconds) {
      ahead = aheadSeconds;
    },
    get asked() {
      return asked;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
