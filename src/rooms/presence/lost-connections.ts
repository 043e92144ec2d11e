// Finds participants whom the journal believes connected to this process and who are not: sockets that closed while their room
// could not be written to, commits with an unknown outcome, lost races. Declares them lost through the room, like anybody's end.
import { isOver } from '../../room/room-queries.ts';
import type { RoomState } from '../../room/state.ts';
import type { RoomFeed } from '../copies/room-feed.ts';
import type { RoomsToCheck } from '../copies/rooms-to-check.ts';
import type { Rooms } from '../rooms.ts';
import type { LocalConnections } from './local-connections.ts';
import type { Nodes } from './nodes.ts';

interface LostConnectionsOptions {
  readonly nodes: Pick<Nodes, 'bootId'>;
  readonly connections: Pick<LocalConnections, 'holds'>;
  readonly toCheck: Pick<RoomsToCheck, 'isUnsettled'>;
  readonly feed: Pick<RoomFeed, 'listen'>;
  readonly handle: Rooms['handle'];
}

export interface LostConnections {
  /** Rooms in which this process holds somebody, as far as the journal knows. */
  rooms(): readonly string[];
  /** `state`: the room as the journal has it. Resolves when everybody who is gone has been declared lost. */
  check(state: RoomState): Promise<void>;
}

export const createLostConnections = (options: LostConnectionsOptions): LostConnections => {
  const { nodes, connections, toCheck, feed, handle } = options;
  const holding = new Set<string>();

  const isOurs = ({ connection }: RoomState['participants'][string]): boolean => connection?.bootId === nodes.bootId();

  feed.listen({
    committed({ after }) {
      // Once a room is over nobody is declared lost in it, and presence stands still as it was.
      const isHolding = !isOver(after) && Object.values(after.participants).some(isOurs);
      if (isHolding) holding.add(after.definition.roomId);
      else holding.delete(after.definition.roomId);
    },
    erased: (roomId) => void holding.delete(roomId),
  });

  return {
    rooms: () => [...holding],
    async check(state) {
      const { roomId } = state.definition;
      if (isOver(state)) holding.delete(roomId);
      if (!holding.has(roomId) && !toCheck.isUnsettled(roomId)) return;
      for (const participant of Object.values(state.participants)) {
        const { id, connection } = participant;
        if (connection && isOurs(participant) && !connections.holds(roomId, id))
          await handle(roomId, { type: 'disconnect', by: id, epoch: connection.epoch });
      }
    },
  };
};
