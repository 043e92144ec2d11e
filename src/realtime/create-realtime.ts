// What travels over sockets: the two namespaces on one Socket.IO server, and what both share. Each namespace has a file of its own. Born after the rooms, which it listens to.
import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { SESSION_NAMESPACE, sessionCommandSchemas, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { SIGNALING_NAMESPACE } from '../protocol/signaling-messages.ts';
import type { Clock, Telemetry } from '../rooms/ports.ts';
import type { LocalConnections } from '../rooms/presence/local-connections.ts';
import type { RoundTrips, VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { requireParticipant } from './authenticate.ts';
import { createCommandMetrics } from './command-metrics.ts';
import { createOpenTransports } from './open-transports.ts';
import type { RemotePeers, SignalingInstances } from './ports.ts';
import { createRefusedMessages } from './refused-messages.ts';
import type { SessionConnection } from './session-connection.ts';
import { serveSession } from './session-namespace.ts';
import { serveSignaling } from './signaling-namespace.ts';
import { NO_NAMESPACE_MS, type SocketServer } from './socket-server.ts';
import { createUnsentGuard } from './unsent-guard.ts';
import { closeUnusedTransports } from './unused-transports.ts';

export interface RealtimeOptions {
  readonly rooms: Rooms;
  /** Kept here for the rooms, which ask who is connected. */
  readonly connections: LocalConnections<SessionConnection>;
  readonly io: SocketServer;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
  readonly instances: SignalingInstances;
  readonly log: Logger;
  readonly bootId: () => string;
  /** Pages in signaling on the other nodes; undefined: there are none. */
  readonly remotePeers?: RemotePeers | undefined;
  readonly newId: () => string;
  readonly verifyToken: (token: string) => Promise<{ roomId: string; participantId: string } | undefined>;
  readonly metrics: Registry;
}

export interface Realtime {
  /** Begins to answer connections of this server. */
  attach(httpServer: HttpServer): void;
  /** Closes the transports, so that standard clients move to another node or wait for this one. */
  closeTransports(): void;
  close(): Promise<void>;
  /** What is open on this node: for metrics, and for the test that counts what is left. */
  counts(): { readonly sockets: number; readonly sessions: number; readonly peers: number };
}

export const createRealtime = (options: RealtimeOptions): Realtime => {
  const { io, clock, log, connections, metrics: registry } = options;
  const unsent = createUnsentGuard({ registry, log });
  const transports = createOpenTransports({ clock, unsent });
  const refused = createRefusedMessages({
    ...{ registry, log },
    knownNames: new Set([...Object.keys({ ...sessionCommandSchemas, ...sessionTelemetrySchemas }), 'signal']),
  });
  const namespaces = [io.of(SIGNALING_NAMESPACE), io.of(SESSION_NAMESPACE)] as const;
  const [signalingNamespace, sessionNamespace] = namespaces;
  // There is nothing outside the two namespaces: a client that enters none of them is cut after connectTimeout.
  io.use((_, next) => next(new Error('unauthorized')));
  for (const namespace of namespaces) requireParticipant(namespace, options);
  // When a room begins anew, in this order: pages are remembered, sessions dismissed and closed, and then whoever is in signaling
  // alone is closed. A transport carries both: closed before its session is dismissed, it would end a connection of the new history.
  const signaling = serveSignaling({ ...options, namespace: signalingNamespace, refused });
  serveSession({
    ...options,
    ...{ namespace: sessionNamespace, refused, unsent },
    silentMsOf: ({ conn }) => transports.silentMsOf(conn),
    metrics: createCommandMetrics(registry),
  });
  options.rooms.listen({ takenBack: signaling.restart });
  closeUnusedTransports(namespaces, NO_NAMESPACE_MS);

  const counts: Realtime['counts'] = () => ({
    sockets: transports.size,
    sessions: connections.size,
    peers: signaling.size,
  });
  new Gauge({
    name: 'trialogue_connections',
    help: 'Open connections: WebSockets, sessions of participants, and pages in signaling (those that may come back included).',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const [kind, count] of Object.entries(counts())) this.set({ kind }, count);
    },
  });

  return {
    attach(httpServer) {
      io.attach(httpServer);
      io.engine.on('connection', transports.opened);
    },
    closeTransports: transports.closeAll,
    async close() {
      signaling.close();
      await io.close();
    },
    counts,
  };
};
