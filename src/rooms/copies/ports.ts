// What a node's copies of rooms need from outside: somewhere to be, and word of what other nodes commit.
import type { StoredCommit } from '../../room/commands.ts';
import type { RoomState } from '../../room/state.ts';

/** Copies of rooms. A copy may vanish at any time and is rebuilt from the journal. */
export interface RoomCopies {
  get(roomId: string): Promise<RoomState | undefined>;
  /** A lower or equal version never replaces a higher one. */
  put(state: RoomState): Promise<void>;
  delete(roomId: string): Promise<void>;
}

/** A commit as the nodes tell it each other. */
export interface PublishedCommit extends StoredCommit {
  /** The commit before it; a former build does not say. */
  readonly previous?: string;
}

/** Tells the other nodes of a commit. A hint, lost whenever Redis is away: versions show what is missing, the journal has it. */
export interface CommitBus {
  /** Never waits and never throws; too much at once is dropped. */
  publish(roomId: string, commit: PublishedCommit): void;
  /** Commits that other nodes publish from now on; may come out of order and twice. Returns the unsubscription. */
  subscribe(roomId: string, onCommit: (commit: PublishedCommit) => void): () => void;
  /** False while it is known that commits of other nodes do not come through. */
  isHeard(): boolean;
  /** Rooms whose subscription has just taken effect, for the first time or again: what was published before may be missing. */
  onReconnect(callback: (roomIds: readonly string[]) => void): () => void;
}
