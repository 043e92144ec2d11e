// The state of one room: plain JSON, so that any store can hold it. fold(definition, commits) gives it; nothing else does.
//
// Phases:  waiting -> countdown -> running -> ended       countdown -> waiting (cancelled)       waiting -> expired
import type { RoomPhase } from '../protocol/phases.ts';
import type { EndReason } from '../protocol/room-events.ts';
import type { ChoiceValue, StudyContent } from '../protocol/study.ts';

/** What a room is made with; it never changes. */
export interface RoomDefinition {
  readonly roomId: string;
  readonly code: string;
  readonly studyId: string;
  readonly studyVersion: number;
  readonly content: StudyContent;
  readonly createdAt: number;
  /** When a room that has not started expires. */
  readonly expiresAt: number;
}

export interface ParticipantState {
  readonly id: string;
  readonly seat: number;
  readonly nickname: string;
  readonly externalId?: string;
  readonly unusableId?: string;
  readonly joinKey?: string;
  readonly consent: readonly string[];
  readonly joinedAt: number;
  /** `seated` holds a place; `left` lost it before the start, or was gone past the grace period after it. */
  readonly standing: 'seated' | 'left' | 'removed';
  /** Only of `left`: it happened before the start, so the seat is another's to take. */
  readonly seatGivenUp?: true;
  /** The highest connection epoch given so far; 0 before the first connection. */
  readonly epoch: number;
  /** The live connection, if any. */
  readonly connection?: { readonly epoch: number; readonly bootId: string };
  /** While gone: when the seat is given up. Also set from joining until the first connection. */
  readonly graceUntil?: number;
  /** Start of the present stretch of presence; short drops do not end it. */
  readonly presentSince?: number;
  readonly muted: boolean;
}

export interface RecordingState {
  readonly id: string;
  readonly participantId: string;
  readonly take: number;
  readonly mimeType: string;
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly complete: boolean;
}

export interface ChoiceState {
  readonly value: ChoiceValue;
  readonly revision: number;
  readonly at: number;
}

/** What a repeated command gets again. */
export interface RememberedCommand {
  /** Digest over the command's type and body. */
  readonly digest: string;
  readonly answer: CommandAnswer;
}

/** Fields that the ack of a command adds. */
export type CommandAnswer = Readonly<Record<string, unknown>>;

export interface RoomState {
  readonly definition: RoomDefinition;
  /** Of the last commit; 0 before the first. */
  readonly version: number;
  /** When the last commit was made, room clock; when the room was made before the first. */
  readonly committedAt: number;
  /** Of the last commit: which history of the room this state comes from. */
  readonly commitId?: string;
  readonly phase: RoomPhase;
  readonly page: number;
  /** Highest page shown so far: its questions and all before may be answered. */
  readonly shownUpTo: number;
  readonly turnsAt?: number;
  readonly startsAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly endReason?: EndReason;
  readonly hostId?: string;
  readonly participants: Readonly<Record<string, ParticipantState>>;
  readonly recordings: Readonly<Record<string, RecordingState>>;
  /** By participant id, then question id: the latest revision. */
  readonly choices: Readonly<Record<string, Readonly<Record<string, ChoiceState>>>>;
  /** By participant id: how much of the journal is theirs (journal-share.ts). */
  readonly shares: Readonly<Record<string, number>>;
  /** The latest, by `participantId commandId`, in blocks, oldest first: a commit copies only the last block. */
  readonly commands: readonly Readonly<Record<string, RememberedCommand>>[];
}
