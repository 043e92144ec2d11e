// The smallest Socket.IO client there is, over a plain WebSocket: a load generator must not cost more than what it measures.
import WebSocket from 'ws';

/** What the server sends first to whoever enters a namespace. */
const WELCOMES = { '/session': 'room:snapshot', '/signaling': 'peers' } as const;
/** The server asks every four seconds whether somebody is there. */
const BLIND_PONG_MS = 2_000;

export interface RawClient {
  /** Returns the number under which the ack comes. */
  send(name: string, body: object): number;
  /** Reads nothing more, and goes on saying that it is there. */
  deafen(): void;
  close(): void;
}

interface RawClientOptions {
  readonly port: number;
  readonly auth: object;
  readonly namespace?: keyof typeof WELCOMES;
  readonly onEvent?: (text: string) => void;
  readonly onAck: (text: string) => void;
  /** After it was welcome, whoever closes. */
  readonly onClose?: () => void;
}

export interface RawAck {
  readonly id: number;
  /** `ok`, or the code of the refusal. */
  readonly code: string;
  readonly text: string;
}

/** Looks at the text alone: most acks are never read further. */
export const ackOf = (text: string): RawAck => {
  const code = text.includes('"ok":true') ? 'ok' : (/"code":"([a-z_]+)"/.exec(text)?.[1] ?? 'unreadable');
  return { id: Number(/^43\/[a-z]+,(\d+)/.exec(text)?.[1]), code, text };
};

/** Resolves when the snapshot, or the list of peers, has come. */
export const connectRaw = ({ port, auth, namespace = '/session', ...on }: RawClientOptions): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    const eventPrefix = `42${namespace},["room:event"`;
    const welcomePrefix = `42${namespace},["${WELCOMES[namespace]}"`;
    let ackId = 0;
    let pongs: NodeJS.Timeout | undefined;
    const client: RawClient = {
      send(name, body) {
        socket.send(`42${namespace},${ackId}${JSON.stringify([name, body])}`);
        ackId += 1;
        return ackId - 1;
      },
      deafen() {
        socket.pause();
        pongs = setInterval(() => socket.send('3', () => {}), BLIND_PONG_MS);
      },
      close: () => socket.terminate(),
    };
    let isWelcome = false;
    socket.on('error', reject);
    socket.on('close', () => {
      clearInterval(pongs);
      if (isWelcome) on.onClose?.();
      else reject(new Error('the connection was closed before it was welcome'));
    });
    socket.on('message', (data) => {
      const text = String(data);
      if (text === '2') socket.send('3');
      else if (text.startsWith(eventPrefix)) on.onEvent?.(text);
      else if (text.startsWith(`43${namespace}`)) on.onAck(text);
      else if (text.startsWith('0{')) socket.send(`40${namespace},${JSON.stringify(auth)}`);
      else if (text.startsWith(`44${namespace}`)) reject(new Error(`refused: ${text}`));
      else if (text.startsWith(`41${namespace}`)) socket.terminate();
      else if (text.startsWith(welcomePrefix)) {
        isWelcome = true;
        resolve(client);
      }
    });
  });
