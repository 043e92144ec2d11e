// Carries Socket.IO's emissions to the other nodes. The adapter package would leave the promises of its Redis clients unhandled
// and queue without limit, so it is given channels instead of clients: those are limited, subscribe again and never reject. An
// emission may be lost. What needs an answer of another node (fetchSockets, serverSideEmit, acks of broadcasts) does not work.
import { createShardedAdapter } from '@socket.io/redis-adapter';
import type { RoomChannels } from './room-channels.ts';

export interface SocketAdapterOptions {
  /** Not those of the commits: a flood of emissions must not keep commits from being published. */
  readonly channels: RoomChannels;
  readonly incarnation: string;
}

// No hash tag: the rooms' channels spread over the nodes of a cluster.
const prefixOf = (incarnation: string): string => `tri:${incarnation}:io`;

/** The channel of the emissions to one Socket.IO room. The adapter package makes this name; a contract test fails when it changes. */
export const channelOfSocketRoom = (incarnation: string, namespace: string, room: string): string =>
  `${prefixOf(incarnation)}#${namespace}#${room}#`;

/** For `new Server(..., { adapter })`. */
export const createSocketAdapter = ({ channels, incarnation }: SocketAdapterOptions) => {
  const subscriptions = new Map<string, () => void>();
  let deliver: (channel: Buffer, message: Buffer) => void = () => {};
  const publisher = {
    async spublish(channel: string, message: string | Uint8Array): Promise<void> {
      // Channels carry text. Only binary emissions come as bytes, and the protocol has none.
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
