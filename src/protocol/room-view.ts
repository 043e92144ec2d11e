// The room as one viewer may see it: the body of a snapshot, and what the client's replica keeps up to date.
import type { Language } from './languages.ts';
import type { RoomPhase } from './phases.ts';
import type { EventOf, RoomCommit, RoomEvent, RoomEventType } from './room-events.ts';
import type { ChoiceValue, Page, StudySettings } from './study.ts';

export interface PageView extends Page {
  readonly index: number;
}

export interface ParticipantView {
  readonly id: string;
  readonly seat: number;
  readonly nickname: string;
  readonly isHost: boolean;
  readonly connected: boolean;
  /** Set while the participant is gone and the seat waits: epoch ms on the room clock. */
  readonly graceUntil?: number;
  readonly micOn: boolean;
  readonly speaking: boolean;
  readonly muted: boolean;
  readonly recording: boolean;
}

export interface OwnChoice {
  readonly value: ChoiceValue;
  readonly revision: number;
}

/** The settings that participants may know: no PIN, no codebook. */
export type PublicSettings = Pick<
  StudySettings,
  'roomSize' | 'countdownMs' | 'graceMs' | 'timeLimitMinutes' | 'record' | 'completionUrl'
>;

export interface RoomView {
  readonly id: string;
  readonly code: string;
  readonly title: string;
  readonly phase: RoomPhase;
  readonly page: number;
  /** When the current page is (or was) to be shown; absent on the first page before any turn. */
  readonly turnsAt?: number;
  readonly pageCount: number;
  readonly startsAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly language: Language;
  /** The viewer's own participant id. */
  readonly self: string;
  /** Those shown so far and the next one. */
  readonly pages: readonly PageView[];
  /** Seated participants (also those in their grace period or gone after the start), by seat. Never removed ones. */
  readonly participants: readonly ParticipantView[];
  /** The viewer's own, latest per question id. */
  readonly choices: Readonly<Record<string, OwnChoice>>;
  readonly settings: PublicSettings;
}

export interface RoomSnapshot {
  readonly version: number;
  readonly serverTime: number;
  readonly room: RoomView;
}

type WithOwnersPath<Event extends { readonly path: string }> = Omit<Event, 'path'> & {
  /** Only in the message to the recording's owner. */
  readonly path?: string;
};

/** An event as a viewer gets it: without what only the server, or only its owner, may know. */
export type VisibleRoomEvent =
  | Exclude<
      RoomEvent,
      EventOf<'participant_joined' | 'participant_connected' | 'recording_started' | 'recording_stopped'>
    >
  | Omit<EventOf<'participant_joined'>, 'externalId' | 'unusableId' | 'joinKey' | 'consent'>
  | Omit<EventOf<'participant_connected'>, 'bootId'>
  | WithOwnersPath<EventOf<'recording_started'>>
  | WithOwnersPath<EventOf<'recording_stopped'>>;

/** The same, of one type. */
export type VisibleEventOf<Type extends RoomEventType> = Extract<VisibleRoomEvent, { readonly type: Type }>;

/** One commit filtered for one viewer; `pages` brings the content that a page turn makes visible. */
export interface RoomEventMessage extends Omit<RoomCommit, 'events'> {
  readonly events: readonly VisibleRoomEvent[];
  readonly pages?: readonly PageView[];
}
