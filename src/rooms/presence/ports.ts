// What knowing who is really there needs from outside: the list of processes, and what is known of each participant just now.

/** Which server processes are alive: a list with a mark for each, which changes at every beat. */
export interface NodeRegistry {
  register(bootId: string): Promise<void>;
  /** Changes this process's mark and returns all marks. Its own is missing when others have declared it dead. */
  beat(bootId: string): Promise<ReadonlyMap<string, number>>;
  /** Takes a process out of the list whose mark is still this one; false when the mark has changed, or another was first. */
  declareDead(bootId: string, mark: number): Promise<boolean>;
  /** This process stops. */
  remove(bootId: string): Promise<void>;
  /** All that are listed: alive, or not yet declared dead. */
  listed(): Promise<ReadonlySet<string>>;
}

/** A small value for each participant of a room, the same on all nodes that watch the room. No truth: it may be lost. */
export interface SharedValues<T> {
  /** Kept up to date while the room is watched. */
  of(roomId: string): ReadonlyMap<string, T>;
  /** Replaces whatever any node has set before. */
  set(roomId: string, participantId: string, value: T): void;
  /** Deletes what this node has set; what another node has set since stays. To be called before the watch ends. */
  delete(roomId: string, participantId: string): void;
  /** From the room's first user on this node until the returned function has been called for the last. */
  watch(roomId: string): () => void;
  /** Resolves when this node knows what the others have set, or cannot ask. Never rejects. */
  filled(roomId: string): Promise<void>;
  /** What other nodes set in watched rooms, and what was known until then; undefined: nothing. */
  onChange(
    callback: (roomId: string, participantId: string, value: T | undefined, before: T | undefined) => void,
  ): void;
}

export interface VoiceStatus {
  readonly micOn: boolean;
  readonly speaking: boolean;
}

/** Live microphone state. */
export type VoiceStatuses = SharedValues<VoiceStatus>;

/** How long a round trip of each connected participant takes when its path is slow, ms: how far ahead a page turn must be announced. */
export type RoundTrips = SharedValues<number>;
