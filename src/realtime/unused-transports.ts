// Closes WebSockets that carry nothing any more. Whoever enters no namespace is cut by Socket.IO itself; who was replaced, or has
// left, is expected to close: who does not would keep one more open with every connection.
import type { Namespace } from 'socket.io';

export const closeUnusedTransports = (namespaces: readonly Namespace[], afterMs: number): void => {
  /** Sockets of both namespaces on each. */
  const carried = new WeakMap<object, number>();
  for (const namespace of namespaces)
    namespace.on('connection', (socket) => {
      const { conn } = socket;
      carried.set(conn, (carried.get(conn) ?? 0) + 1);
      socket.once('disconnect', () => {
        const left = (carried.get(conn) ?? 1) - 1;
        carried.set(conn, left);
        if (left > 0 || conn.readyState === 'closed') return;
        const close = () => {
          // What waits is not waited for: it may be somebody who does not read.
          if (carried.get(conn) === 0) conn.close(true);
        };
        setTimeout(close, afterMs).unref();
      });
    });
};
