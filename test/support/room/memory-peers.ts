// Pages in signaling on several nodes, in one process's memory: each node is told of the others' pages at once, or not at all
// while the line between them is down.
import type { PeerPlace, RemotePeers } from '../../../src/realtime/ports.ts';

type OnChange = Parameters<RemotePeers['onChange']>[0];

interface Page extends PeerPlace {
  readonly node: RemotePeers;
}

export const createMemoryPeers = () => {
  const rooms = new Map<string, Map<string, Page>>();
  const listeners = new Map<RemotePeers, OnChange[]>();
  let isUp = true;

  const placeOf = (page: Page | undefined): PeerPlace | undefined => {
    if (!page) return undefined;
    const { node: _, ...place } = page;
    return place;
  };

  const change = (node: RemotePeers, roomId: string, participantId: string, now: Page | undefined): void => {
    const room = rooms.get(roomId) ?? new Map<string, Page>();
    rooms.set(roomId, room);
    const before = room.get(participantId);
    if (now) room.set(participantId, now);
    else room.delete(participantId);
    for (const [other, callbacks] of listeners)
      if (other !== node) for (const tell of callbacks) tell(roomId, participantId, placeOf(now), placeOf(before));
  };

  return {
    node(): RemotePeers {
      const node: RemotePeers = {
        watch: () => () => {},
        filled: async () => {},
        reachable: async () => {},
        of(roomId) {
          const others = [...(rooms.get(roomId) ?? [])].filter(([, page]) => page.node !== node);
          return new Map(others.map(([participantId, { node: _, ...place }]) => [participantId, place]));
        },
        publish: (roomId, participantId, place) => change(node, roomId, participantId, { ...place, node }),
        withdraw(roomId, participantId) {
          if (rooms.get(roomId)?.get(participantId)?.node === node) change(node, roomId, participantId, undefined);
        },
        onChange: (callback) => void listeners.set(node, [...(listeners.get(node) ?? []), callback]),
        isUp: () => isUp,
        obstacle: () => (isUp ? undefined : 'unavailable'),
      };
      return node;
    },
    setUp(up: boolean) {
      isUp = up;
    },
  };
};
