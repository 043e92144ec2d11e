// Stands between a client and a TCP server and does what networks do: cuts, delays, swallows, goes silent. Whatever is passed
// on at all is passed on in order.
import { connect, createServer, type Socket } from 'node:net';

/** Of what comes from now on: `upMs` from the client, `downMs` to it, each longer by up to `jitterMs`. */
export interface PathDelay {
  readonly upMs: number;
  readonly downMs: number;
  readonly jitterMs: number;
}

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection that is open now. */
  cut(): void;
  /** New connections are reset at once. */
  refuse(refusing: boolean): void;
  /** A number: both ways, for what comes from now on. */
  delay(delay: number | PathDelay): void;
  /** Swallows what the server answers from now on; connections stay open. */
  mute(muted: boolean): void;
  /** Nothing passes either way and nothing closes, new connections included; afterwards everything held goes on its way. */
  stall(stalled: boolean): void;
  /** Connections open now stay open to the client and lead nowhere for ever: the other side has gone without a word. */
  strand(): void;
  /** Called with every piece the client sends before it is passed on; true swallows it. */
  onRequest(handler: ((bytes: Buffer) => boolean) | undefined): void;
  /** Called with every piece the server answers before it is passed on; true swallows it. */
  onAnswer(handler: ((bytes: Buffer) => boolean) | undefined): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  stranded: boolean;
}

interface Way {
  pass(bytes: Buffer): void;
  /** Passes on what is due. */
  flush(): void;
  stop(): void;
}

export const createTcpProxy = async (targetPort: number, targetHost = '127.0.0.1'): Promise<TcpProxy> => {
  const pairs = new Set<Pair>();
  const ways = new Set<Way>();
  let refusing = false;
  let muted = false;
  let stalled = false;
  let delay: PathDelay = { upMs: 0, downMs: 0, jitterMs: 0 };
  let requestHandler: ((bytes: Buffer) => boolean) | undefined;
  let answerHandler: ((bytes: Buffer) => boolean) | undefined;

  const createWay = (to: Socket, way: 'upMs' | 'downMs'): Way => {
    const held: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      if (stalled) return;
      const now = performance.now();
      for (let first = held[0]; first; first = held[0]) {
        if (first.dueAt > now) {
          timer = setTimeout(flush, first.dueAt - now);
          return;
        }
        to.write(first.bytes);
        held.shift();
      }
    };
    return {
      pass(bytes) {
        const delayMs = delay[way] + Math.random() * delay.jitterMs;
        held.push({ bytes, dueAt: Math.max(performance.now() + delayMs, held.at(-1)?.dueAt ?? 0) });
        flush();
      },
      flush,
      stop() {
        clearTimeout(timer);
        held.length = 0;
      },
    };
  };

  const server = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, targetHost);
    const pair: Pair = { client, upstream, stranded: false };
    const there = createWay(upstream, 'upMs');
    const back = createWay(client, 'downMs');
    pairs.add(pair);
    ways.add(there).add(back);
    client.on('data', (bytes) => {
      if (!pair.stranded && !requestHandler?.(bytes)) there.pass(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!answerHandler?.(bytes) && !muted) back.pass(bytes);
    });
    for (const one of [client, upstream]) {
      one.on('error', () => {});
      one.on('close', () => {
        for (const way of [there, back]) {
          way.stop();
          ways.delete(way);
        }
        if (one === upstream && pair.stranded) return;
        pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = (): void => {
    for (const { client, upstream } of pairs) {
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
    delay: (value) => {
      delay = typeof value === 'number' ? { upMs: value, downMs: value, jitterMs: 0 } : value;
    },
    mute: (value) => {
      muted = value;
    },
    stall: (value) => {
      stalled = value;
      for (const way of ways) way.flush();
    },
    strand: () => {
      for (const pair of pairs) {
        pair.stranded = true;
        pair.upstream.destroy();
      }
    },
    onRequest: (handler) => {
      requestHandler = handler;
    },
    onAnswer: (handler) => {
      answerHandler = handler;
    },
    close: () => {
      for (const way of ways) way.stop();
      cut();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
