// The rooms of a node and the sockets of the people in them, on whatever they are given: rooms first, then realtime, which listens
// to them.
import { createRealtime, type Realtime, type RealtimeOptions } from '../realtime/create-realtime.ts';
import type { SessionConnection } from '../realtime/session-connection.ts';
import { createRooms } from '../rooms/create-rooms.ts';
import { createLocalConnections } from '../rooms/presence/local-connections.ts';
import type { RoundTrips } from '../rooms/presence/ports.ts';
import type { RoomsOptions } from '../rooms/room-core.ts';
import type { Rooms } from '../rooms/rooms.ts';

export interface RoomPorts
  extends Omit<RoomsOptions, 'connections' | 'roundTrips'>,
    Omit<RealtimeOptions, 'rooms' | 'connections' | 'bootId'> {
  readonly roundTrips: RoundTrips;
}

export const assembleRooms = (ports: RoomPorts): { readonly rooms: Rooms; readonly realtime: Realtime } => {
  const connections = createLocalConnections<SessionConnection>();
  const rooms = createRooms({ ...ports, connections });
  const realtime = createRealtime({ ...ports, rooms, connections, bootId: ports.nodes.bootId });
  return { rooms, realtime };
};
