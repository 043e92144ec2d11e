// The journal's vocabulary: what has happened in a room, in the past tense. All instants are epoch ms on the room clock.
import type { ChoiceValue } from './study.ts';

export type EndReason = 'host' | 'researcher' | 'everyone_left' | 'time_limit';
export type CancelReason =
  | 'participant_disconnected'
  | 'participant_left'
  | 'participant_removed'
  | 'missed'
  | 'room_closed';

export type RoomEvent =
  | {
      readonly type: 'participant_joined';
      readonly participantId: string;
      readonly seat: number;
      readonly nickname: string;
      readonly isHost: boolean;
      /** How long the seat waits for a first connection; absent from what builds without it have committed (graceUntilOf). */
      readonly graceUntil?: number;
      /** Opens the seat: never shown to other participants. */
      readonly externalId?: string;
      /** What came in its place and is nobody's id; only researchers see it. */
      readonly unusableId?: string;
      /** Opens the seat: never shown to other participants. */
      readonly joinKey?: string;
      readonly consent: readonly string[];
    }
  | {
      readonly type: 'participant_connected';
      readonly participantId: string;
      /** Counts this participant's connections; the newest wins. */
      readonly epoch: number;
      /** The server process that holds the connection; not shown to participants. */
      readonly bootId: string;
    }
  | {
      readonly type: 'participant_disconnected';
      readonly participantId: string;
      readonly epoch: number;
      readonly graceUntil: number;
    }
  | {
      readonly type: 'participant_left';
      readonly participantId: string;
      readonly reason: 'grace_over' | 'never_connected';
    }
  | { readonly type: 'participant_removed'; readonly participantId: string; readonly by: string }
  | { readonly type: 'participant_muted'; readonly participantId: string; readonly by: string }
  | { readonly type: 'participant_unmuted'; readonly participantId: string }
  | { readonly type: 'host_changed'; readonly hostId: string; readonly previousHostId?: string }
  | { readonly type: 'countdown_started'; readonly startsAt: number }
  | { readonly type: 'countdown_cancelled'; readonly reason: CancelReason }
  | { readonly type: 'debate_started'; readonly startedAt: number }
  | { readonly type: 'page_turned'; readonly page: number; readonly turnsAt: number; readonly by: string }
  | {
      readonly type: 'choice_submitted';
      readonly participantId: string;
      readonly questionId: string;
      readonly value: ChoiceValue;
      /** 1 for the first answer to this question, then +1. */
      readonly revision: number;
      /** When it was given, as its client said: only of an answer that arrived after the end. */
      readonly answeredAt?: number;
    }
  | {
      readonly type: 'recording_started';
      readonly participantId: string;
      readonly recordingId: string;
      readonly mimeType: string;
      /** 0 for this participant's first recording, then +1. */
      readonly take: number;
      /** Key of the recording's folder in storage; shown to its owner only. */
      readonly path: string;
      /** When it began: `capturedAt` if that is plausible, else when it was announced. */
      readonly startedAt: number;
      /** When its first sample was captured, as its client said. */
      readonly capturedAt?: number;
    }
  | {
      readonly type: 'recording_stopped';
      readonly participantId: string;
      readonly recordingId: string;
      readonly path: string;
      readonly endedAt: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'recording_completed';
      readonly participantId: string;
      readonly recordingId: string;
      readonly chunkCount: number;
      readonly bytes: number;
    }
  | { readonly type: 'debate_ended'; readonly reason: EndReason; readonly endedAt: number }
  | { readonly type: 'room_expired' };

export type RoomEventType = RoomEvent['type'];
export type EventOf<Type extends RoomEventType> = Extract<RoomEvent, { readonly type: Type }>;

/** Until when a seat that was taken at `at` waits. Former builds did not say so: they reckoned it from the settings. */
export const graceUntilOf = (
  { graceUntil }: { readonly graceUntil?: number },
  at: number,
  { graceMs }: { readonly graceMs: number },
): number => graceUntil ?? at + graceMs;

/** One row of the journal as everybody sees it: `version` counts from 1 without a gap. */
export interface RoomCommit {
  readonly version: number;
  readonly at: number;
  readonly events: readonly RoomEvent[];
}
