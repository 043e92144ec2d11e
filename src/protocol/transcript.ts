// What the jobs make of a debate: one transcript of utterances with ids, and a report that rests on them.
import type { TrackNoteCode } from './track-notes.ts';

export interface Utterance {
  /** Stable within a revision: u1, u2, ... in order of start. */
  readonly id: string;
  readonly participantId: string;
  readonly seat: number;
  readonly nickname: string;
  readonly recordingId: string;
  /** Epoch ms on the room clock. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Ms since the start of the debate. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The page that was shown when it began. */
  readonly page: number;
  readonly text: string;
  /**
   * Absent: its times are the speech service's own. `corrected`: those made no sense as they were and were brought into the
   * audio. `unknown`: it was said somewhere between the two instants.
   */
  readonly timing?: 'corrected' | 'unknown';
}

/** Words of the answers, between spaces: in the transcript, left out as silence, left out as not of the debate. */
export interface TrackWords {
  readonly kept: number;
  readonly silence: number;
  readonly outside: number;
}

export interface TrackNote {
  readonly code: TrackNoteCode;
  /** English; what exactly went wrong, where there is more to say than the code does. */
  readonly message?: string;
  /** Which part of the take it is about, ms in its media; absent: all of it. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** What became of one take, or of a debater who has none. */
export interface TrackAccount {
  readonly participantId: string;
  readonly seat: number;
  readonly nickname: string;
  /** Absent: there is no take. */
  readonly recordingId?: string;
  readonly words: TrackWords;
  /** Pieces in which the audio was sent, and how many of them were answered. */
  readonly pieces: number;
  readonly answered: number;
  /** In which form the service answered: what it is able to (`verbose_json`, `json`, `text`). */
  readonly forms: readonly string[];
  readonly notes: readonly TrackNote[];
}

export interface Transcript {
  readonly roomId: string;
  readonly revision: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly language: string;
  readonly model: string;
  /** `incomplete` when anything of a debater's voice may be missing: `tracks` tell what and why. */
  readonly status: 'complete' | 'incomplete';
  readonly utterances: readonly Utterance[];
  /** Absent in transcripts of former versions. */
  readonly tracks?: readonly TrackAccount[];
}

/** A statement of the report; it rests on utterances that exist. */
export interface Statement {
  readonly text: string;
  readonly utteranceIds: readonly string[];
}

export interface ParticipantReport {
  readonly participantId: string;
  readonly seat: number;
  readonly nickname: string;
  readonly position: Statement | null;
  readonly arguments: readonly Statement[];
  /** How this participant's choices relate to what was said. */
  readonly choices: readonly Statement[];
}

export interface Report {
  readonly roomId: string;
  readonly revision: number;
  readonly transcriptRevision: number;
  readonly createdAt: number;
  readonly status: 'complete' | 'incomplete';
  readonly language: string;
  /** False when no statement could be supported: the reader is told so. */
  readonly supported: boolean;
  readonly participants: readonly ParticipantReport[];
  readonly agreements: readonly Statement[];
  readonly disagreements: readonly Statement[];
  /** Statements that the model gave without existing utterances; dropped, and counted here. */
  readonly rejectedStatements: number;
  readonly provenance: {
    readonly model: string;
    /** How the answer was asked for: `json_schema`, `json_object`, `plain`, as far as the service goes. */
    readonly answerForm?: string;
    readonly promptVersion: string;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly startedAt: number;
    readonly finishedAt: number;
  };
}
