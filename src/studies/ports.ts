// What studies and their rooms need from outside. Adapters live in infra/, one contract suite per port in test/contracts/.
import type { StageAnswer } from '../protocol/job-answers.ts';
import type { RoomPhase } from '../protocol/phases.ts';
import type { Report } from '../protocol/report.ts';
import type { RoomListItem } from '../protocol/room-answers.ts';
import type { StudyContent } from '../protocol/study.ts';
import type { Transcript } from '../protocol/transcript.ts';

export interface StoredStudy {
  readonly id: string;
  /** Counts from 1. */
  readonly version: number;
  readonly content: StudyContent;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Where a page of a list ends: lists go from new to old. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export interface StudyStore {
  add(study: StoredStudy): Promise<void>;
  /** The latest version. */
  get(id: string): Promise<StoredStudy | undefined>;
  /** By version. */
  versions(id: string): Promise<Map<number, StudyContent>>;
  /** Newest first, after the position. */
  list(after: Position | undefined, limit: number): Promise<StoredStudy[]>;
  /** False when version `study.version` was made by somebody else meanwhile: read again. */
  addVersion(study: StoredStudy): Promise<boolean>;
}

export interface StoredRoom extends Omit<RoomListItem, 'joinUrl'> {
  readonly studyVersion: number;
}

/** Everything a room has before its first commit. */
export type NewRoom = Pick<
  StoredRoom,
  'id' | 'code' | 'studyId' | 'studyVersion' | 'label' | 'description' | 'createdAt' | 'expiresAt'
>;

export interface RoomStore {
  /** All or none. False when a code is taken: make new ones. */
  add(rooms: readonly NewRoom[]): Promise<boolean>;
  get(id: string): Promise<StoredRoom | undefined>;
  /** Newest first, after the position. */
  list(
    filter: { readonly studyId?: string; readonly phase?: RoomPhase },
    after: Position | undefined,
    limit: number,
  ): Promise<StoredRoom[]>;
  /**
   * The room and everything that hangs on it; no recording can be made in it afterwards. What of it lies in storage is
   * remembered in `foldersLeft`. False when there is no such room.
   */
  erase(id: string): Promise<boolean>;
  /** Folders of the recordings of an erased room, or of all, whose files are still there. */
  foldersLeft(roomId?: string): Promise<string[]>;
  /** The files of these folders are gone. */
  markEmptied(folders: readonly string[]): Promise<void>;
  /** Emptied, and yet an upload that was under way, or its crash, may have left a file there. */
  foldersEmptied(): Promise<string[]>;
  /** Those that were emptied so long ago that nothing can be under way any more. */
  forgetEmptied(emptiedAgoMs: number): Promise<void>;
}

/** What the jobs have made of a room. */
export interface RoomResults {
  /** All stages in order; those that nobody has begun are waiting. */
  stages(roomId: string): Promise<StageAnswer[]>;
  /** The latest revision. */
  transcript(roomId: string): Promise<Transcript | undefined>;
  /** The latest revision. */
  report(roomId: string): Promise<Report | undefined>;
  /** Durable when it resolves; the worker takes it from there. `forgetAnswers`: what was paid for is asked again. */
  requestAnalysis(roomId: string, options: { readonly forgetAnswers: boolean }): Promise<void>;
}
