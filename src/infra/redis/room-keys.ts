// Names of keys and channels. Everything of one room carries one hash tag, so that it lies in one slot of a cluster; the
// database's incarnation is part of it, so that a restored backup never meets what its later life left in Redis.
import { STATE_SHAPE } from '../../room/state-shape.ts';

export type RoomKeys = ReturnType<typeof createRoomKeys>;

export const createRoomKeys = (incarnation: string) => {
  const key = (owner: string, thing: string): string => `tri:{${incarnation}:${owner}}:${thing}`;
  return {
    /** Nodes that know another shape of a room keep copies of their own: neither reads what the other wrote. */
    state: (roomId: string) => key(roomId, `state-${STATE_SHAPE}`),
    values: (roomId: string, name: string) => key(roomId, `live-${name}`),
    commitChannel: (roomId: string) => key(roomId, 'commits'),
    valuesChannel: (roomId: string, name: string) => key(roomId, `live-${name}:news`),
    /** Of no room: refused joins of an address, named by something that does not tell it. */
    refusedJoins: (addressName: string) => key(addressName, 'refused-joins'),
    /** Of no room: how far the room clock is ahead of Redis's own. */
    clockCorrection: () => key('clock', 'correction'),
  };
};
