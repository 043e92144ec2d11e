// The pages in signaling on all nodes. Owns the shared values that say which node holds each page; whether a signal can reach
// another node is asked of the channels that carry Socket.IO's emissions. A page on a dead node is left out; an outage of Redis
// removes no page.
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PeerPlace, RemotePeers } from '../../../realtime/ports.ts';
import type { Clock } from '../../../rooms/ports.ts';
import type { RoomChannels } from '../channels/room-channels.ts';
import { channelOfSocketRoom } from '../channels/socket-adapter.ts';
import type { RedisConnection } from '../connection/connect-redis.ts';
import type { RoomKeys } from '../room-keys.ts';
import { createSharedValues } from './shared-values.ts';

const REACHABLE_WITHIN_MS = 500;

const pageSchema = z.object({
  epoch: z.int().min(0),
  seat: z.int().min(0),
  present: z.boolean(),
  /** Boot id of the process that holds it. */
  node: z.string(),
});
type Page = z.infer<typeof pageSchema>;

export interface RedisRemotePeers extends RemotePeers {
  /** This process holds no page any more: for the pages that are connected here, its pages have left. */
  bootDied(bootId: string): void;
  close(): void;
}

export interface RedisRemotePeersOptions {
  readonly redis: RedisConnection;
  readonly channels: RoomChannels;
  /** Those of the Socket.IO adapter. */
  readonly emissions: RoomChannels;
  readonly keys: RoomKeys;
  readonly incarnation: string;
  /** Of Socket.IO. */
  readonly namespace: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly nodes: {
    bootId(): string;
    isDead(bootId: string): boolean;
    askAfter(bootId: string): void;
  };
}

export const createRedisRemotePeers = (options: RedisRemotePeersOptions): RedisRemotePeers => {
  const { redis, emissions, incarnation, namespace, nodes } = options;
  const pages = createSharedValues({ ...options, name: 'signaling', schema: pageSchema });
  const watches = new Set<{ readonly roomId: string }>();
  const callbacks: Parameters<RemotePeers['onChange']>[0][] = [];

  const placeOf = ({ epoch, seat, present }: Page): PeerPlace => ({ pageEpoch: epoch, seat, present });
  const livingPlaceOf = (page: Page | undefined): PeerPlace | undefined => {
    if (!page) return undefined;
    nodes.askAfter(page.node);
    return nodes.isDead(page.node) ? undefined : placeOf(page);
  };

  pages.onChange((roomId, participantId, now, before) => {
    for (const callback of callbacks) callback(roomId, participantId, livingPlaceOf(now), livingPlaceOf(before));
  });

  return {
    watch(roomId) {
      const watch = { roomId };
      watches.add(watch);
      const end = pages.watch(roomId);
      return () => {
        watches.delete(watch);
        end();
      };
    },
    filled: pages.filled,
    of(roomId) {
      const places = new Map<string, PeerPlace>();
      for (const [participantId, page] of pages.of(roomId)) {
        const place = page.node === nodes.bootId() ? undefined : livingPlaceOf(page);
        if (place) places.set(participantId, place);
      }
      return places;
    },
    publish(roomId, participantId, { pageEpoch, ...place }) {
      pages.set(roomId, participantId, { ...place, epoch: pageEpoch, node: nodes.bootId() });
    },
    withdraw: (roomId, participantId) => pages.delete(roomId, participantId),
    onChange: (callback) => {
      callbacks.push(callback);
    },
    reachable: (socketRoom) =>
      new Promise((resolve) => {
        if (!redis.isUp()) return resolve();
        const settle = (): void => {
          clearTimeout(timer);
          end();
          resolve();
        };
        const timer = setTimeout(settle, REACHABLE_WITHIN_MS);
        const channel = channelOfSocketRoom(incarnation, namespace, socketRoom);
        const end = emissions.subscribe(channel, { onMessage: () => {}, onBegin: settle });
      }),
    isUp: redis.isUp,
    obstacle() {
      if (!redis.isUp()) return 'unavailable';
      return emissions.isBusy() ? 'rate_limited' : undefined;
    },
    bootDied(deadBootId) {
      for (const roomId of new Set([...watches].map((watch) => watch.roomId))) {
        for (const [participantId, page] of pages.of(roomId)) {
          if (page.node !== deadBootId) continue;
          for (const callback of callbacks) callback(roomId, participantId, undefined, placeOf(page));
        }
      }
    },
    close: pages.close,
  };
};
