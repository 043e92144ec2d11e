// Opens the port, and closes it without cutting answers short that are about to be given.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../protocol/app-error.ts';

/** What is still being answered then is cut: the whole process has ten seconds to end. */
const FINISH_WITHIN_MS = 3_000;
/**
 * Idle connections are kept far longer than a proxy in front keeps them. Whoever closes first takes the risk that a request is
 * just coming in; a busy process looks at its clock before its sockets, and would close on requests that have long been there.
 */
const KEEP_IDLE_MS = 75_000;

export interface OpenPort {
  /** Accepts nobody new at once; resolves when the last connection is closed. */
  close(): Promise<void>;
}

const reasonOf = (error: NodeJS.ErrnoException, port: number, host: string): AppError => {
  const where = `${host}:${port}`;
  const texts: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${where} is taken by another program. Stop that, or choose another with PORT.`,
    EACCES: `This user may not open port ${where}. Choose one above 1023 with PORT.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Correct HOST.`,
    ENOTFOUND: `The name ${host} is not known. Correct HOST.`,
  };
  return new AppError(
    'port_unavailable',
    texts[error.code ?? ''] ?? `Port ${where} could not be opened: ${error.message}`,
    { cause: error },
  );
};

export const openPort = async (server: Server, port: number, host: string): Promise<OpenPort> => {
  // closeAllConnections() of Node knows no upgraded socket, and a WebSocket waits long for an answer to its goodbye.
  const sockets = new Set<Socket>();
  server.keepAliveTimeout = KEEP_IDLE_MS;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(reasonOf(error, port, host)));
    server.listen(port, host, resolve);
  });
  const answering = new Set<ServerResponse>();
  let closing = false;
  /** So that whoever keeps connections open sends the next request elsewhere. */
  const askToLeave = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close');
  };
  server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    if (closing) askToLeave(response);
    answering.add(response);
    response.once('close', () => answering.delete(response));
  });
  return {
    async close() {
      closing = true;
      for (const response of answering) askToLeave(response);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, FINISH_WITHIN_MS);
      await closed;
      clearTimeout(cut);
    },
  };
};
