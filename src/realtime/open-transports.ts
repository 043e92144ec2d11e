// The WebSockets that are open, whichever namespaces each carries, and since when each has been silent.
import type { Clock } from '../rooms/ports.ts';
import type { UnsentGuard } from './unsent-guard.ts';

/** One WebSocket. */
interface Transport {
  close(): void;
  on(event: 'heartbeat', listener: () => void): void;
  once(event: 'close', listener: () => void): void;
}

interface OpenTransportsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly unsent: Pick<UnsentGuard, 'cut'>;
}

export const createOpenTransports = ({ clock, unsent }: OpenTransportsOptions) => {
  /** When each was opened, or last answered a ping; monotonic, ms. */
  const transports = new Map<Transport, number>();
  return {
    opened(transport: Transport): void {
      const showsLife = () => transports.set(transport, clock.monotonic());
      showsLife();
      transport.on('heartbeat', () => {
        // Who does not read may answer pings all the same.
        if (!unsent.cut(transport)) showsLife();
      });
      transport.once('close', () => transports.delete(transport));
    },
    silentMsOf: (transport: Transport): number => clock.monotonic() - (transports.get(transport) ?? clock.monotonic()),
    closeAll(): void {
      // Socket.IO's own disconnect would tell standard clients to stay away.
      for (const transport of transports.keys()) transport.close();
    },
    get size() {
      return transports.size;
    },
  };
};
