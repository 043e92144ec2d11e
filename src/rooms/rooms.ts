// The one interface of the rooms of this process: load one, ask something of it, follow it. Everything else (http, realtime,
// recordings, studies) goes through here. Made by create-rooms.ts.
import type { Refusal } from '../protocol/error-codes.ts';
import type {
  AnswerOf,
  CommandConnection,
  CommandIdentity,
  CommandType,
  RoomCommand,
  StoredCommit,
} from '../room/commands.ts';
import type { RoomState } from '../room/state.ts';
import type { RoomFeed } from './copies/room-feed.ts';
import type { Entrance } from './ports.ts';

export type HandleResult<Type extends CommandType = CommandType> =
  | { readonly ok: true; readonly answer: AnswerOf<Type>; readonly state: RoomState }
  | { readonly ok: false; readonly refusal: Refusal };

/** A command as it is asked for: how far ahead a page turn is announced (`leadMs`) is the rooms' to say. */
export type RoomRequest<Type extends CommandType = CommandType> = {
  [One in Type]: Omit<RoomCommand<One>, 'leadMs'>;
}[Type];

/** Who asks, and how: all of it only where somebody asks by a connection. */
export interface Asking {
  readonly identity?: CommandIdentity | undefined;
  readonly connection?: CommandConnection | undefined;
  /** False: whoever asked is gone, and what has not been committed yet is not to happen any more. */
  readonly isWanted?: () => boolean;
}

export interface Rooms {
  /** The room as of a commit that is durable; undefined when there is none. Rejects when the database cannot be reached. */
  state(roomId: string): Promise<RoomState | undefined>;
  /** This node's copy, which may be some moments behind the other nodes: for what decides nothing. */
  copyOf(roomId: string): Promise<RoomState | undefined>;
  /**
   * Resolves after the commit is durable. Refused with `room_not_found` when there is no such room, `busy` after too many lost
   * races, `unavailable` when the connection by which the command came no longer counts, or whoever asked is gone.
   */
  handle<Type extends CommandType>(
    roomId: string,
    request: RoomRequest<Type>,
    asking?: Asking,
  ): Promise<HandleResult<Type>>;
  /** What is known of a room from outside, without loading it; undefined when no room has this code. */
  entrance(code: string): Promise<Entrance | undefined>;
  /** What was committed after version `since`, oldest first; at most COMMITS_A_READ. */
  commitsSince(roomId: string, since: number): Promise<StoredCommit[]>;
  /** Learns at once of what other nodes commit in this room, until the returned function is called. */
  follow(roomId: string): () => void;
  /**
   * Follows the room and calls back after every commit that this node learns of, without a state once the room is erased.
   * Returns the end of it. For live streams.
   */
  watch(roomId: string, onChange: (state?: RoomState) => void): () => void;
  /** Something that is not journaled changed (voice, progress of uploads): watchers look again. */
  notice(roomId: string): void;
  /** What becomes of every room on this node: for whoever sends it to connections. */
  readonly listen: RoomFeed['listen'];
  /** Erased from the database: drops the copy, and everybody who listens or watches learns of it. */
  forget(roomId: string): Promise<void>;
  /** Processes have died: their connections are declared lost in every room. */
  loseDeadConnections(): Promise<void>;
  start(): void;
  /** Stops waking rooms and resolves when every command in flight is done. */
  close(): Promise<void>;
}
