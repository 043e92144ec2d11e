// Which participants are connected to this process, and how much of their room each has been sent. A list and nothing else:
// what is sent and when a connection ends is the business of realtime, which keeps this list.
import type { RoomState } from '../../room/state.ts';

export interface LocalConnection {
  readonly roomId: string;
  readonly participantId: string;
  /** Version of the last commit sent; undefined until the snapshot. */
  readonly sentVersion: number | undefined;
}

export interface LocalConnections<Connection extends LocalConnection = LocalConnection> {
  open(connection: Connection): void;
  close(connection: Connection): void;
  of(roomId: string): ReadonlySet<Connection>;
  /** Rooms with a connection here. */
  rooms(): string[];
  /** Whether a connection of the participant is open here, committed or about to be. */
  holds(roomId: string, participantId: string): boolean;
  /** Whether somebody here was sent more than this state: commits that are gone from the journal. */
  isAhead(state: RoomState): boolean;
  readonly size: number;
}

const NONE: ReadonlySet<never> = new Set();

export const createLocalConnections = <Connection extends LocalConnection>(): LocalConnections<Connection> => {
  const rooms = new Map<string, Set<Connection>>();
  const of = (roomId: string): ReadonlySet<Connection> => rooms.get(roomId) ?? NONE;
  let size = 0;
  return {
    of,
    open(connection) {
      const here = rooms.get(connection.roomId) ?? new Set();
      rooms.set(connection.roomId, here.add(connection));
      size += 1;
    },
    close(connection) {
      const here = rooms.get(connection.roomId);
      if (!here?.delete(connection)) return;
      size -= 1;
      if (here.size === 0) rooms.delete(connection.roomId);
    },
    rooms: () => [...rooms.keys()],
    holds: (roomId, participantId) => [...of(roomId)].some((connection) => connection.participantId === participantId),
    isAhead: ({ definition, version }) =>
      [...of(definition.roomId)].some(({ sentVersion }) => sentVersion !== undefined && sentVersion > version),
    get size() {
      return size;
    },
  };
};
