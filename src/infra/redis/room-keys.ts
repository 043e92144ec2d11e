// Names of keys and channels in Redis. All names of one room have the same hash tag, so that they are in one slot of a cluster.
// The tag contains the database's incarnation: a restored backup never reads what was written to Redis after it was made.
import { STATE_SHAPE } from '../../room/state-shape.ts';

export type RoomKeys = ReturnType<typeof createRoomKeys>;

export const createRoomKeys = (incarnation: string) => {
  const key = (owner: string, thing: string): string => `tri:{${incarnation}:${owner}}:${thing}`;
  return {
    /** Nodes of a version with another shape of the room state use another key: neither reads what the other wrote. */
    state: (roomId: string) => key(roomId, `state-${STATE_SHAPE}`),
    values: (roomId: string, name: string) => key(roomId, `live-${name}`),
    commitChannel: (roomId: string) => key(roomId, 'commits'),
    valuesChannel: (roomId: string, name: string) => key(roomId, `live-${name}:news`),
    /** Of no room: refused joins of an address. `addressName` is a hash, from which the address cannot be read. */
    refusedJoins: (addressName: string) => key(addressName, 'refused-joins'),
    /** Of no room: how far the room clock is ahead of Redis's own. */
    clockCorrection: () => key('clock', 'correction'),
  };
};
