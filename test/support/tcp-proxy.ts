// Stands between a client and a TCP server and does what networks do: cuts, delays, swallows.
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection that is open now. */
  cut(): void;
  /** New connections are reset at once. */
  refuse(refusing: boolean): void;
  /** Both ways, for what comes from now on. */
  delay(ms: number): void;
  /** Swallows what the server answers from now on; connections stay open. */
  mute(muted: boolean): void;
  /** Called with every piece the client sends before it is passed on; true swallows it. */
  onRequest(handler: ((bytes: Buffer) => boolean) | undefined): void;
  /** Called with every piece the server answers before it is passed on; true swallows it. */
  onAnswer(handler: ((bytes: Buffer) => boolean) | undefined): void;
  close(): Promise<void>;
}

export const createTcpProxy = async (targetPort: number, targetHost = '127.0.0.1'): Promise<TcpProxy> => {
  const pairs = new Set<readonly [Socket, Socket]>();
  const timers = new Set<NodeJS.Timeout>();
  let refusing = false;
  let muted = false;
  let delayMs = 0;
  let requestHandler: ((bytes: Buffer) => boolean) | undefined;
  let answerHandler: ((bytes: Buffer) => boolean) | undefined;

  const pass = (to: Socket, bytes: Buffer): void => {
    if (delayMs === 0) {
      to.write(bytes);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      to.write(bytes);
    }, delayMs);
    timers.add(timer);
  };

  const server = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, targetHost);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (!requestHandler?.(bytes)) pass(upstream, bytes);
    });
    upstream.on('data', (bytes) => {
      if (!answerHandler?.(bytes) && !muted) pass(client, bytes);
    });
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on('error', () => {});
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
    pairs.clear();
  };
  return {
    port: address.port,
    cut,
    refuse: (value) => {
      refusing = value;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    mute: (value) => {
      muted = value;
    },
    onRequest: (handler) => {
      requestHandler = handler;
    },
    onAnswer: (handler) => {
      answerHandler = handler;
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      cut();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
