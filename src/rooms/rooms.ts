// The application's face of a room: load it, ask something of it. Everything else (http, realtime, recordings) goes through here.
import type { Refusal } from '../protocol/error-codes.ts';
import type { AnswerOf, CommandConnection, CommandIdentity, CommandType, RoomCommand } from '../room/commands.ts';
import type { RoomState } from '../room/state.ts';
import type { Entrance } from './ports.ts';

export type HandleResult<Type extends CommandType = CommandType> =
  | { readonly ok: true; readonly answer: AnswerOf<Type>; readonly state: RoomState }
  | { readonly ok: false; readonly refusal: Refusal };

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
  /**
   * Resolves after the commit is durable. Refused with `room_not_found` when there is no such room, `busy` after too many lost
   * races, `unavailable` when the connection by which the command came no longer counts, or whoever asked is gone.
   */
  handle<Type extends CommandType>(
    roomId: string,
    command: RoomCommand<Type>,
    asking?: Asking,
  ): Promise<HandleResult<Type>>;
  /** What is known of a room from outside, without loading it; undefined when no room has this code. */
  entrance(code: string): Promise<Entrance | undefined>;
  /**
   * Calls back after every commit that this node learns of, without a state once the room is erased. Returns the
   * unsubscription. For live streams.
   */
  watch(roomId: string, onChange: (state?: RoomState) => void): () => void;
  /** Erased from the database: drop the hot copy, close its connections, tell who watches. */
  forget(roomId: string): Promise<void>;
}
