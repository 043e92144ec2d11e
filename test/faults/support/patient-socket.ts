// A Socket.IO connection of somebody who answers the server's heartbeats and never doubts the server: it is closed by the other
// side or not at all.
import { WebSocket } from 'ws';

const SESSION = '/session,';

export interface PatientSocket {
  isOpen(): boolean;
  /** When it was closed; monotonic, ms. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Resolves with the snapshot. */
export const openPatientSocket = async (url: string, token: string): Promise<PatientSocket> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before the snapshot')));
    socket.on('message', (data) => {
      const text = String(data);
      if (text.startsWith('0')) socket.send(`40${SESSION}${JSON.stringify({ token })}`);
      if (text === '2') socket.send('3');
      if (text.startsWith(`42${SESSION}["room:snapshot"`)) resolve();
    });
  });
  return { closed, isOpen: () => socket.readyState === WebSocket.OPEN, close: () => socket.close() };
};
