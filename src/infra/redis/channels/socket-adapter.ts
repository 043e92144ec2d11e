// Carries Socket.IO's emissions to the other nodes. The adapter leaves the promises of its Redis clients unhandled and queues
// without bounds, so it never gets any: it speaks to channels, which are bounded, subscribe anew and cannot reject. Emissions
// are hints. Whatever waits for answers of other nodes (fetchSockets, serverSideEmit, acks of broadcasts) is not served.
import { createShardedAdapter } from '@socket.io/redis-adapter';
import type { RoomChannels } from './room-channels.ts';

export interface SocketAdapterOptions {
  /** Of its own: a flood of emissions must not take the place of commits. */
  readonly channels: RoomChannels;
  readonly incarnation: string;
}

// No hash tag: the rooms' channels spread over the nodes of a cluster.
const prefixOf = (incarnation: string): string => `tri:${incarnation}:io`;

/** Where emissions to one Socket.IO room travel. The adapter makes this name; a contract test says when it changes. */
export const channelOfSocketRoom = (incarnation: string, namespace: string, room: string): string =>
  `${prefixOf(incarnation)}#${namespace}#${room}#`;

/** For `new Server(..., { adapter })`. */
export const createSocketAdapter = ({ channels, incarnation }: SocketAdapterOptions) => {
  const subscriptions = new Map<string, () => void>();
  let deliver: (channel: Buffer, message: Buffer) => void = () => {};
  const publisher = {
    async spublish(channel: string, message: string | Uint8Array): Promise<void> {
      // Bytes do not survive as text; the protocol has none.
      if (typeof message === 'string') channels.publish(channel, message);
    },
  };
  const subscriber = {
    on(_event: 'smessageBuffer', handler: typeof deliver): void {
      deliver = handler;
    },
    ssubscribe(channel: string): void {
      if (subscriptions.has(channel)) return;
      const onMessage = (message: string) => deliver(Buffer.from(channel), Buffer.from(message));
      subscriptions.set(channel, channels.subscribe(channel, { onMessage, onBegin: () => {} }));
    },
    sunsubscribe(channel: string): void {
      subscriptions.get(channel)?.();
      subscriptions.delete(channel);
    },
  };
  return createShardedAdapter(publisher, subscriber, { channelPrefix: prefixOf(incarnation) });
};
