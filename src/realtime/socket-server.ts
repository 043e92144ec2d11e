// The Socket.IO server and its limits: WebSocket only, from allowed origins.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Server, type ServerOptions } from 'socket.io';
import { createOriginCheck } from './allowed-origin.ts';
import { boundedParser } from './bounded-decoder.ts';

/** A frame beyond this closes the connection; a signal may have 64 KiB, a choice 10,000 characters. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** So long a WebSocket may be in no namespace. */
export const NO_NAMESPACE_MS = 5_000;

/** What realtime uses of Socket.IO's server. */
export type SocketServer = Pick<Server, 'of' | 'use' | 'attach' | 'close' | 'engine'>;

/** Of Socket.IO. */
export type SocketAdapter = NonNullable<ServerOptions['adapter']>;

interface SocketServerOptions {
  readonly corsOrigins: readonly string[];
  /** Where this server is reached, if the settings say so. */
  readonly publicUrl: string | undefined;
  /** Carries emissions to the other nodes; undefined: there are none. */
  readonly adapter: SocketAdapter | undefined;
  readonly metrics: Registry;
  readonly log: Logger;
}

export const createSocketServer = (options: SocketServerOptions): SocketServer => {
  const { corsOrigins, adapter } = options;
  const isAllowedOrigin = createOriginCheck(options);
  return new Server({
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_FRAME_BYTES,
    parser: boundedParser,
    // Who vanishes without a word is noticed within ten seconds; with the defaults it would take 45.
    pingInterval: 4_000,
    pingTimeout: 5_000,
    connectTimeout: NO_NAMESPACE_MS,
    ...(adapter && { adapter }),
    cors: { origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] },
    allowRequest: ({ headers }, answer) => {
      const isAllowed = isAllowedOrigin(headers);
      answer(isAllowed ? null : 'this origin is not allowed', isAllowed);
    },
  });
};
