// Socket.IO as it is on the wire, for frames that no client would send.
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface RawSocket {
  /** Sends a frame; resolves to the next one that is no heartbeat, or to undefined when the connection is closed. */
  ask(frame: string): Promise<string | undefined>;
  /** The next frame that is no heartbeat. */
  next(): Promise<string | undefined>;
  close(): Promise<void>;
}

export const openRawSocket = async (
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawSocket> => {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(address, { perMessageDeflate: false, headers });
  let waiting: ((frame: string | undefined) => void) | undefined;
  /** Came while nobody waited. */
  const early: string[] = [];
  const closed = once(socket, 'close');
  socket.on('message', (data) => {
    const frame = String(data);
    if (frame === '2') socket.send('3');
    else if (waiting) waiting(frame);
    else early.push(frame);
  });
  socket.on('close', () => waiting?.(undefined));
  const next = () =>
    new Promise<string | undefined>((resolve) => {
      waiting = (frame) => {
        waiting = undefined;
        resolve(frame);
      };
      const frame = early.shift();
      if (frame !== undefined) waiting(frame);
    });
  const opened = next();
  await once(socket, 'open');
  await opened;
  return {
    next,
    async ask(frame) {
      if (socket.readyState !== WebSocket.OPEN) return undefined;
      early.length = 0;
      const answer = next();
      socket.send(frame);
      return answer;
    },
    async close() {
      socket.terminate();
      await closed;
    },
  };
};
