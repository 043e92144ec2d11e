// The smallest Socket.IO client there is, over a plain WebSocket: a load generator must not cost more than what it measures.
import WebSocket from 'ws';

const NAMESPACE = '/session';
const EVENT_PREFIX = `42${NAMESPACE},["room:event"`;
const SNAPSHOT_PREFIX = `42${NAMESPACE},["room:snapshot"`;

export interface RawClient {
  /** Sends page:turn; acks are not awaited. */
  turn(to: number): void;
  close(): void;
}

interface RawClientOptions {
  readonly port: number;
  readonly auth: object;
  readonly onEvent: (text: string) => void;
  readonly onAck: (text: string) => void;
}

/** Resolves when the snapshot has come. */
export const connectRaw = ({ port, auth, onEvent, onAck }: RawClientOptions): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    let ackId = 0;
    const client: RawClient = {
      turn: (to) => socket.send(`42${NAMESPACE},${ackId++}["page:turn",{"to":${to}}]`),
      close: () => socket.terminate(),
    };
    socket.once('error', reject);
    socket.on('message', (data) => {
      const text = String(data);
      if (text === '2') socket.send('3');
      else if (text.startsWith(EVENT_PREFIX)) onEvent(text);
      else if (text.startsWith(`43${NAMESPACE}`)) onAck(text);
      else if (text.startsWith('0{')) socket.send(`40${NAMESPACE},${JSON.stringify(auth)}`);
      else if (text.startsWith(`44${NAMESPACE}`)) reject(new Error(`refused: ${text}`));
      else if (text.startsWith(SNAPSHOT_PREFIX)) resolve(client);
    });
  });
