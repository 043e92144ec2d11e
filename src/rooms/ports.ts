// What the rooms need from outside. Adapters live in infra/, one contract suite per port in test/contracts/.
import type { RoomPhase } from '../protocol/phases.ts';
import type { TelemetryKind } from '../protocol/telemetry.ts';
import type { StoredCommit } from '../room/commands.ts';
import type { JobEffect } from '../room/effects.ts';
import type { RememberedCommand, RoomDefinition } from '../room/state.ts';

export interface Clock {
  /** Room clock, epoch ms; may be fractional; never steps back within a process. */
  now(): number;
  /** For intervals only, ms. */
  monotonic(): number;
}

export interface Timers {
  /** Calls back once, not before this many ms have passed. Returns the cancellation. */
  after(ms: number, run: () => void): () => void;
}

/** A new recording as a row of its own, so that an upload finds its room. */
export interface NewRecording {
  readonly id: string;
  readonly participantId: string;
  readonly take: number;
  readonly mimeType: string;
  readonly path: string;
  readonly startedAt: number;
}

/** A commit with everything that is written in the same statement. */
export interface NewCommit {
  readonly roomId: string;
  readonly commit: StoredCommit;
  /** The commit before, as it was known where this one was decided; undefined before the first. */
  readonly previous?: string;
  /** Columns of the room's row that lists and scans read. */
  readonly summary: {
    readonly phase: RoomPhase;
    readonly page: number;
    readonly startedAt?: number;
    readonly endedAt?: number;
    readonly nextDeadlineAt?: number;
  };
  readonly newRecordings: readonly NewRecording[];
  readonly stoppedRecordings: readonly { readonly id: string; readonly endedAt: number }[];
  readonly jobs: readonly JobEffect[];
}

/**
 * The most commits that one read of a journal gives. A room may have any number, each of up to some 75 kB: whoever wants all
 * reads them page by page (journal-pages.ts), in bounded memory and within the time that a statement may take.
 */
export const COMMITS_A_READ = 200;

/** Where a room's journal ends. Versions alone do not tell: a database that was put back counts them anew. */
export interface Head {
  readonly version: number;
  /** Undefined before the first commit. */
  readonly commitId?: string;
}

/** What stands in a room's row: enough for who only looks, who may be many and must not make nodes hold rooms. */
export interface Entrance {
  readonly definition: RoomDefinition;
  /** As of the last commit. */
  readonly phase: RoomPhase;
}

/** A room's state in the form in which it is kept outside a process (room/stored-state.ts). */
export interface StoredSnapshot {
  readonly version: number;
  readonly commitId: string;
  readonly state: string;
}

export interface Journal {
  /**
   * Durable when it resolves to `committed`. `conflict`: another commit took this version, the room is gone, or its history is
   * not the one that this was decided on.
   * Looks its commitId up before any retry, so that an unknown outcome is never decided twice.
   * Commits of different rooms that arrive together share one statement; one bad commit never fails another.
   * Rejects when the database cannot be reached.
   */
  append(commit: NewCommit): Promise<'committed' | 'conflict'>;
  /** How long commits have taken of late, ms: the 95th percentile. */
  commitP95Ms(): number;
  /** Undefined when there is no such room. Rooms of one study version share one content, which nobody may change. */
  definition(roomId: string): Promise<RoomDefinition | undefined>;
  /** Oldest first, versions after `since`; never more than COMMITS_A_READ. */
  commits(roomId: string, since: number, limit?: number): Promise<StoredCommit[]>;
  /** The last commits; rooms that are gone are left out. */
  heads(roomIds: readonly string[]): Promise<Map<string, Head>>;
  /** Whether the room's history has this commit at this version. */
  includes(roomId: string, version: number, commitId: string): Promise<boolean>;
  /** What was remembered of a command when it was committed: a room's state holds the latest commands only. */
  commandOf(roomId: string, participantId: string, commandId: string): Promise<RememberedCommand | undefined>;
  /** The snapshot kept of the room, if it is of this history and has the shape that this build reads. */
  snapshot(roomId: string): Promise<StoredSnapshot | undefined>;
  /** In place of the one before; nothing when the journal does not have that commit. */
  keepSnapshot(roomId: string, snapshot: StoredSnapshot): Promise<void>;
  /** The room of a code; undefined when there is none. */
  entrance(code: string): Promise<Entrance | undefined>;
  /** Rooms whose deadline is at or before `at`, without those of `except`. */
  dueRooms(at: number, limit: number, except: readonly string[]): Promise<string[]>;
  /** Rooms that are not over (waiting, countdown, running) and have at least one commit. */
  openRooms(): Promise<string[]>;
}

export interface TelemetryRow {
  readonly roomId: string;
  readonly participantId: string;
  readonly kind: TelemetryKind;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Measurements that researchers want and no decision needs; written in batches. */
export interface Telemetry {
  record(row: TelemetryRow): void;
}

/** The same, read back. */
export interface StoredTelemetry {
  /** In the order in which they were stored, after the row with that id; 0: from the first. */
  rows(
    roomId: string,
    kind: TelemetryKind,
    page: { readonly after: number; readonly limit: number },
  ): Promise<{ readonly id: number; readonly row: TelemetryRow }[]>;
}
