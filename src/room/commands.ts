// What may be asked of a room, in the imperative. `by` is the participant who asks, already authenticated.

import type { Refusal } from '../protocol/error-codes.ts';
import type { RoomCommit, RoomEvent } from '../protocol/room-events.ts';
import type { ChoiceValue } from '../protocol/study.ts';
import type { CommandAnswer } from './state.ts';

export type RoomCommand =
  /** Takes a seat, or finds the one that `knownAs`, externalId or joinKey opens. Answer: {participantId}. */
  | {
      readonly type: 'join';
      /** Id for a new participant. */
      readonly participantId: string;
      readonly nickname: string;
      readonly consent: readonly string[];
      readonly externalId?: string;
      /** Came in place of an external id; opens nothing. */
      readonly unusableId?: string;
      readonly joinKey?: string;
      /** Participant id of the bearer token, when it is of this room. */
      readonly knownAs?: string;
    }
  /** Answer: {epoch}. */
  | { readonly type: 'connect'; readonly by: string; readonly bootId: string }
  | { readonly type: 'disconnect'; readonly by: string; readonly epoch: number }
  /** All connections that the dead process held are gone. */
  | { readonly type: 'lose_connections'; readonly bootId: string }
  /** Whatever is due at `at` happens: start, missed start, grace over, time limit, expiry. */
  | { readonly type: 'reach_deadline' }
  | {
      readonly type: 'turn_page';
      readonly by: string;
      readonly to: number | 'next' | 'previous';
      readonly expectedPage?: number;
      /** How far ahead the page must be announced so that all can show it at that instant. */
      readonly leadMs: number;
    }
  | {
      readonly type: 'submit_choice';
      readonly by: string;
      readonly questionId: string;
      readonly value: ChoiceValue;
      /** When it was given, by the client's clock: not believed without a look. */
      readonly answeredAt?: number;
    }
  | {
      readonly type: 'start_recording';
      readonly by: string;
      readonly recordingId: string;
      readonly mimeType: string;
      readonly path: string;
      /** When its first sample was captured, by the client's clock: not believed without a look. */
      readonly capturedAt?: number;
    }
  | { readonly type: 'stop_recording'; readonly by: string; readonly recordingId: string }
  /** All chunks are durable. */
  | {
      readonly type: 'complete_recording';
      readonly by: string;
      readonly recordingId: string;
      readonly chunkCount: number;
      readonly bytes: number;
    }
  | { readonly type: 'mute'; readonly by: string; readonly participantId: string }
  /** Of oneself. */
  | { readonly type: 'unmute'; readonly by: string }
  | { readonly type: 'remove'; readonly by: string; readonly participantId: string }
  | { readonly type: 'end'; readonly by: string | 'researcher' };

/** The caller's own name for a command, so that a repeat changes nothing. */
export interface CommandIdentity {
  readonly participantId: string;
  readonly commandId: string;
  /** Digest over the command's type and body as the client sent it. */
  readonly digest: string;
}

/** By which a command came. */
export interface CommandConnection {
  readonly participantId: string;
  readonly epoch: number;
}

export type Decision =
  | {
      readonly ok: true;
      readonly events: readonly RoomEvent[];
      readonly answer: CommandAnswer;
      readonly repeated?: true;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** One row of the journal as it is stored: a commit, and the command it answers if that had an id. */
export interface StoredCommit extends RoomCommit {
  readonly commitId: string;
  readonly command?: CommandIdentity & { readonly answer: CommandAnswer };
}
