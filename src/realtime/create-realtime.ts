// The Socket.IO server: two namespaces, WebSocket only. Opens and closes; what is said in a namespace is in its own file.
import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { Server, type ServerOptions } from 'socket.io';
import { SESSION_NAMESPACE, sessionCommandSchemas, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { SIGNALING_NAMESPACE } from '../protocol/signaling-messages.ts';
import type { RoomsService } from '../rooms/create-rooms.ts';
import type { Announcer, Clock, Telemetry } from '../rooms/ports.ts';
import type { RoundTrips, VoiceStatuses } from '../rooms/presence/ports.ts';
import { createOriginCheck } from './allowed-origin.ts';
import { requireParticipant } from './authenticate.ts';
import { boundedParser } from './bounded-decoder.ts';
import { createCommandMetrics } from './command-metrics.ts';
import type { RemotePeers, SignalingInstances } from './ports.ts';
import { createRefusedMessages } from './refused-messages.ts';
import { createRoomConnections } from './room-connections.ts';
import { type SessionNamespace, serveSession } from './session-namespace.ts';
import { type SignalingNamespace, serveSignaling } from './signaling-namespace.ts';
import { createUnsentGuard } from './unsent-guard.ts';
import { closeUnusedTransports } from './unused-transports.ts';

/** A frame beyond this closes the connection; a signal may have 64 KiB, a choice 10,000 characters. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** So long a WebSocket may be in no namespace. */
const NO_NAMESPACE_MS = 5_000;

interface RealtimeOptions {
  readonly corsOrigins: readonly string[];
  /** Where this server is reached, if that was said. */
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
  readonly instances: SignalingInstances;
  readonly log: Logger;
  readonly bootId: () => string;
  /** Carries emissions to the other nodes; undefined: there are none. */
  readonly adapter?: SocketAdapter;
  /** Pages in signaling on the other nodes; undefined: there are none. */
  readonly remotePeers?: RemotePeers;
  readonly newId: () => string;
  readonly commitP95Ms: () => number;
  readonly verifyToken: (token: string) => Promise<{ roomId: string; participantId: string } | undefined>;
  readonly metrics: Registry;
}

/** Of Socket.IO. */
export type SocketAdapter = NonNullable<ServerOptions['adapter']>;

/** One WebSocket, whichever namespaces it carries. */
interface Transport {
  close(): void;
  on(event: 'heartbeat', listener: () => void): void;
  once(event: 'close', listener: () => void): void;
}

export interface Realtime {
  readonly announcer: Announcer;
  /** Begins to answer connections once the rooms are there. */
  serve(rooms: RoomsService, httpServer: HttpServer): void;
  /** Closes the transports, so that standard clients move to another node or wait for this one. */
  closeTransports(): void;
  close(): Promise<void>;
  /** What is open on this node: for metrics, and for the test that counts what is left. */
  counts(): { readonly sockets: number; readonly sessions: number; readonly peers: number };
}

export const createRealtime = (options: RealtimeOptions): Realtime => {
  const { corsOrigins, clock, voice, log } = options;
  const isAllowedOrigin = createOriginCheck(options);
  const io = new Server({
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_FRAME_BYTES,
    parser: boundedParser,
    // A ghost lives ten seconds at most; the defaults would keep it 45.
    pingInterval: 4_000,
    pingTimeout: 5_000,
    connectTimeout: NO_NAMESPACE_MS,
    ...(options.adapter && { adapter: options.adapter }),
    cors: { origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] },
    allowRequest: ({ headers }, answer) => {
      const isAllowed = isAllowedOrigin(headers);
      answer(isAllowed ? null : 'this origin is not allowed', isAllowed);
    },
  });
  const sessionNamespace = io.of(SESSION_NAMESPACE);
  const signalingNamespace = io.of(SIGNALING_NAMESPACE);
  /** When each was opened, or last answered a ping; monotonic, ms. */
  const transports = new Map<Transport, number>();
  let session: SessionNamespace | undefined;
  let signaling: SignalingNamespace | undefined;
  let repair: (connection: Parameters<Parameters<typeof createRoomConnections>[0]['onGap']>[0]) => void = () => {};

  const unsent = createUnsentGuard({ registry: options.metrics, log });
  const refused = createRefusedMessages({
    registry: options.metrics,
    log,
    knownNames: new Set([...Object.keys({ ...sessionCommandSchemas, ...sessionTelemetrySchemas }), 'signal']),
  });
  const connections = createRoomConnections({
    namespace: sessionNamespace,
    clock,
    voice,
    onGap: (connection) => repair(connection),
    onGivenUp: (connection, reason) => session?.giveUp(connection, reason),
    onRestart: async (roomId) => {
      await signaling?.rememberPages(roomId);
      session?.restart(roomId);
      signaling?.restart(roomId);
    },
    onCut: (roomId, participantId) => {
      session?.cut(roomId, participantId);
      signaling?.cut(roomId, participantId);
    },
  });

  const counts: Realtime['counts'] = () => ({
    sockets: transports.size,
    sessions: connections.size,
    peers: signaling?.size ?? 0,
  });
  new Gauge({
    name: 'trialogue_connections',
    help: 'Open connections: WebSockets, sessions of participants, and pages in signaling (those that may come back included).',
    labelNames: ['kind'],
    registers: [options.metrics],
    collect() {
      for (const [kind, count] of Object.entries(counts())) this.set({ kind }, count);
    },
  });

  return {
    announcer: connections,
    serve(rooms, httpServer) {
      repair = (connection) => {
        const { roomId, sentVersion = 0 } = connection;
        Promise.all([rooms.commitsSince(roomId, sentVersion), rooms.state(roomId)]).then(
          ([commits, state]) => {
            if (state) connections.replay(connection, commits, state);
          },
          (error: unknown) => log.warn({ err: error }, 'missed commits could not be fetched yet'),
        );
      };
      // Nothing is said outside the two namespaces: whoever enters none of them is cut after connectTimeout.
      io.use((_, next) => next(new Error('unauthorized')));
      requireParticipant(sessionNamespace, { ...options, rooms });
      requireParticipant(signalingNamespace, { ...options, rooms });
      session = serveSession({
        ...options,
        namespace: sessionNamespace,
        rooms,
        connections,
        silentMsOf: ({ conn }) => clock.monotonic() - (transports.get(conn) ?? clock.monotonic()),
        metrics: createCommandMetrics(options.metrics),
        refused,
        unsent,
      });
      signaling = serveSignaling({ ...options, namespace: signalingNamespace, follow: rooms.follow, refused });
      closeUnusedTransports([sessionNamespace, signalingNamespace], NO_NAMESPACE_MS);
      io.attach(httpServer);
      io.engine.on('connection', (transport: Transport) => {
        const showsLife = () => transports.set(transport, clock.monotonic());
        showsLife();
        transport.on('heartbeat', () => {
          // Who does not read may answer pings all the same.
          if (!unsent.cut(transport)) showsLife();
        });
        transport.once('close', () => transports.delete(transport));
      });
    },
    closeTransports() {
      // Socket.IO's own disconnect would tell standard clients to stay away.
      for (const transport of transports.keys()) transport.close();
    },
    async close() {
      signaling?.close();
      await io.close();
    },
    counts,
  };
};
