// Stands in front of several nodes and does what a proxy does: each connection goes to the next node, and one that refuses is
// passed over. Every participant gets a door with an order of nodes of its own, so that a seed decides who comes to which node;
// the door also notes which versions came out of it.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createFrameTap } from './frame-tap.ts';

/** One WebSocket, from its upgrade to its end. */
export interface WireRecord {
  readonly node: number;
  open: boolean;
  /** In the order in which they went to the client. */
  readonly versions: { readonly name: 'room:snapshot' | 'room:event'; readonly version: number }[];
}

export interface Door {
  readonly url: string;
  /** Oldest first. */
  readonly wires: readonly WireRecord[];
  /** The node that the newest open WebSocket leads to. */
  node(): number | undefined;
  /** The network of whoever comes by this door is gone for so long. */
  cut(forMs: number): void;
}

export interface Front {
  /** Connections go to the nodes (counted from 0) in this order, over and over. */
  open(order: readonly number[]): Promise<Door>;
  close(): Promise<void>;
}

const WEBSOCKET = /^GET \/socket\.io\//;

const versionOf = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'version' in body ? Number(body.version) : Number.NaN;

export const createFront = (ports: readonly number[]): Front => {
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };

  /** The first of the nodes that takes a connection. */
  const reach = async (
    order: readonly number[],
    first: number,
  ): Promise<{ node: number; socket: Socket } | undefined> => {
    for (let tried = 0; tried < order.length; tried += 1) {
      const node = order[(first + tried) % order.length] ?? 0;
      const socket = connect({ port: ports[node] ?? 0, host: '127.0.0.1', noDelay: true });
      keep(socket);
      const reached = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (reached) return { node, socket };
    }
    return undefined;
  };

  return {
    async open(order) {
      const wires: WireRecord[] = [];
      const clients = new Set<Socket>();
      let cutUntil = 0;
      // Apart, so that where a WebSocket goes does not hang on how many requests came before it.
      let requests = 0;
      let webSockets = 0;

      const watch = (upstream: Socket, node: number): void => {
        const wire: WireRecord = { node, open: true, versions: [] };
        wires.push(wire);
        upstream.once('close', () => {
          wire.open = false;
        });
        const tap = createFrameTap((name, body) => {
          if (name === 'room:snapshot' || name === 'room:event') wire.versions.push({ name, version: versionOf(body) });
        });
        upstream.on('data', tap);
      };

      const server = createServer({ noDelay: true }, (client) => {
        keep(client);
        if (performance.now() < cutUntil) {
          client.resetAndDestroy();
          return;
        }
        clients.add(client);
        client.once('close', () => clients.delete(client));
        // HTTP clients speak first, and what they say tells a WebSocket from a request.
        client.once('data', async (hello) => {
          client.pause();
          const isWebSocket = WEBSOCKET.test(hello.toString('latin1', 0, 32));
          const reached = await reach(order, isWebSocket ? webSockets++ : requests++);
          if (!reached || client.destroyed) {
            reached?.socket.destroy();
            client.destroy();
            return;
          }
          const { socket: upstream, node } = reached;
          if (isWebSocket) watch(upstream, node);
          upstream.write(hello);
          client.pipe(upstream);
          upstream.pipe(client);
          client.once('close', () => upstream.destroy());
          upstream.once('close', () => client.destroySoon());
        });
      });
      servers.add(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the door has no port');
      return {
        url: `http://127.0.0.1:${address.port}`,
        wires,
        node: () => wires.findLast((wire) => wire.open)?.node,
        cut(forMs) {
          cutUntil = performance.now() + forMs;
          for (const client of clients) client.resetAndDestroy();
        },
      };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([...servers].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
};
