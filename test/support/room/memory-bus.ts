// The bus between nodes in one process's memory. When something arrives, and whether, is `carry`'s to say; a new subscription
// takes effect when the carrier has carried that word too, as it is with Redis.
import type { CommitBus, PublishedCommit } from '../../../src/rooms/copies/ports.ts';

type Subscriber = (roomId: string, commit: PublishedCommit) => void;

export interface MemoryBus extends CommitBus {
  /** The process is gone. */
  end(): void;
}

export const createMemoryBus = (carry: (arrive: () => void) => void) => {
  const subscribers = new Map<MemoryBus, Subscriber>();
  return {
    node(): MemoryBus {
      const rooms = new Map<string, Set<(commit: PublishedCommit) => void>>();
      const reconnected = new Set<(roomIds: readonly string[]) => void>();
      const bus: MemoryBus = {
        publish(roomId, commit) {
          for (const [other, receive] of subscribers) if (other !== bus) carry(() => receive(roomId, commit));
        },
        subscribe(roomId, onCommit) {
          const callbacks = rooms.get(roomId) ?? new Set();
          carry(() => {
            rooms.set(roomId, callbacks.add(onCommit));
            for (const callback of reconnected) callback([roomId]);
          });
          return () => callbacks.delete(onCommit);
        },
        isHeard: () => true,
        onReconnect(callback) {
          reconnected.add(callback);
          return () => reconnected.delete(callback);
        },
        end: () => void subscribers.delete(bus),
      };
      subscribers.set(bus, (roomId, commit) => {
        for (const onCommit of rooms.get(roomId) ?? []) onCommit(commit);
      });
      return bus;
    },
  };
};
