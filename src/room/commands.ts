// What may be asked of a room, in the imperative, and what it is answered. `by` is the participant who asks, already
// authenticated.

import type { Refusal } from '../protocol/error-codes.ts';
import type { RoomCommit, RoomEvent } from '../protocol/room-events.ts';
import type { SessionAnswers } from '../protocol/session-messages.ts';
import type { ChoiceValue } from '../protocol/study.ts';
import type { CommandAnswer } from './state.ts';

export type Nothing = Readonly<Record<never, never>>;

/** What each command says beside its type. */
interface CommandFields {
  /** Takes a seat, or finds the one that `knownAs`, externalId or joinKey opens. */
  readonly join: {
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
  };
  readonly connect: { readonly by: string; readonly bootId: string };
  readonly disconnect: { readonly by: string; readonly epoch: number };
  /** All connections that the dead process held are gone. */
  readonly lose_connections: { readonly bootId: string };
  /** Whatever is due at `at` happens: start, missed start, grace over, time limit, expiry. */
  readonly reach_deadline: Nothing;
  readonly turn_page: {
    readonly by: string;
    readonly to: number | 'next' | 'previous';
    readonly expectedPage?: number;
    /** How far ahead the page must be announced so that all can show it at that instant. */
    readonly leadMs: number;
  };
  readonly submit_choice: {
    readonly by: string;
    readonly questionId: string;
    readonly value: ChoiceValue;
    /** When it was given, by the client's clock: not believed without a look. */
    readonly answeredAt?: number;
  };
  readonly start_recording: {
    readonly by: string;
    readonly recordingId: string;
    readonly mimeType: string;
    readonly path: string;
    /** When its first sample was captured, by the client's clock: not believed without a look. */
    readonly capturedAt?: number;
  };
  readonly stop_recording: { readonly by: string; readonly recordingId: string };
  /** All chunks are durable. */
  readonly complete_recording: {
    readonly by: string;
    readonly recordingId: string;
    readonly chunkCount: number;
    readonly bytes: number;
  };
  readonly mute: { readonly by: string; readonly participantId: string };
  /** Of oneself. */
  readonly unmute: { readonly by: string };
  readonly remove: { readonly by: string; readonly participantId: string };
  readonly end: { readonly by: string | 'researcher' };
}

export type CommandType = keyof CommandFields;
/** A command of this type; of any type when none is named. */
export type RoomCommand<Type extends CommandType = CommandType> = {
  [One in Type]: { readonly type: One } & CommandFields[One];
}[Type];

/** What each command is answered: the fields that its ack adds. */
export interface Answers {
  readonly join: { readonly participantId: string };
  readonly connect: { readonly epoch: number };
  readonly disconnect: Nothing;
  readonly lose_connections: Nothing;
  readonly reach_deadline: Nothing;
  readonly turn_page: SessionAnswers['page:turn'];
  readonly submit_choice: SessionAnswers['choice:submit'];
  readonly start_recording: SessionAnswers['recording:start'];
  readonly stop_recording: SessionAnswers['recording:stop'];
  readonly complete_recording: { readonly recordingId: string; readonly endedAt: number };
  readonly mute: SessionAnswers['participant:mute'];
  readonly unmute: SessionAnswers['participant:unmute'];
  readonly remove: SessionAnswers['participant:remove'];
  readonly end: SessionAnswers['debate:end'];
}

export type AnswerOf<Type extends CommandType> = Answers[Type];

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

/** What a command of this type brings about, and what it is answered. */
export type Decision<Type extends CommandType = CommandType> =
  | {
      readonly ok: true;
      readonly events: readonly RoomEvent[];
      readonly answer: AnswerOf<Type>;
      readonly repeated?: true;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** One row of the journal as it is stored: a commit, and the command it answers if that had an id. */
export interface StoredCommit extends RoomCommit {
  readonly commitId: string;
  readonly command?: CommandIdentity & { readonly answer: CommandAnswer };
}
