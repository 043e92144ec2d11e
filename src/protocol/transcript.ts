// What the jobs make of a debate: one transcript of utterances with ids, and a report that rests on them.

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
}

export interface Transcript {
  readonly roomId: string;
  readonly revision: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly language: string;
  readonly model: string;
  /** `incomplete` when recordings or parts of them were missing. */
  readonly status: 'complete' | 'incomplete';
  readonly utterances: readonly Utterance[];
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
    readonly promptVersion: string;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly startedAt: number;
    readonly finishedAt: number;
  };
}
