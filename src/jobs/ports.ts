// What the jobs need from outside. Adapters live in infra/; src/compose puts them together.
import type { SpokenSegment } from '../analysis/place-segments.ts';
import type { StageAnswer } from '../protocol/job-answers.ts';
import type { Report } from '../protocol/report.ts';
import type { StageName, StageState } from '../protocol/stages.ts';
import type { Transcript } from '../protocol/transcript.ts';

/** Speech to text. Every failure is a ServiceFault, except an abort by the signal, which rejects with its reason. */
export interface SpeechToText {
  readonly model: string;
  transcribe(
    audio: {
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Its ending tells the format. */
      readonly fileName: string;
      readonly mimeType: string;
      readonly language: string;
      /** 0: unknown. */
      readonly durationMs: number;
    },
    signal: AbortSignal,
  ): Promise<SpeechAnswer>;
}

export interface SpeechAnswer {
  readonly segments: readonly SpokenSegment[];
  /** In which the service was asked and answered: `verbose_json`, `json`, `text`. */
  readonly form: string;
}

/** A language model that answers in JSON. Fails like SpeechToText. */
export interface Analyst {
  readonly model: string;
  answer(
    request: {
      readonly system: string;
      readonly user: string;
      readonly schemaName: string;
      /** JSON Schema that the answer should follow; the caller checks it all the same. */
      readonly schema: Readonly<Record<string, unknown>>;
    },
    signal: AbortSignal,
  ): Promise<{
    /** As it came: not parsed. */
    readonly content: string;
    /** The model stopped at its own limit of length. */
    readonly isCutOff: boolean;
    /** In which it was asked for: `json_schema`, `json_object`, `plain`. */
    readonly form: string;
    readonly promptTokens: number;
    readonly completionTokens: number;
  }>;
}

/** What a service turned out to be able to, remembered so that it is not asked in vain each time. */
export interface ServiceForms {
  /** Undefined: nothing is known, or it was found out too long ago. */
  form(service: string): Promise<string | undefined>;
  learn(service: string, form: string): Promise<void>;
}

export interface StageError {
  readonly code: string;
  readonly message: string;
  /** It is about this recording alone: its attempts are counted for its audio, not for the stage. */
  readonly recordingId?: string;
  /** Epoch ms on the room clock; absent when nothing is tried again by itself. */
  readonly retryAt?: number;
}

export interface StageChange {
  readonly state: StageState;
  readonly progress?: number;
  readonly attempts?: number;
  /** null takes a former error away. */
  readonly error?: StageError | null;
  readonly model?: string;
  readonly startedAt?: number;
  /** null: not finished (any more). */
  readonly finishedAt?: number | null;
}

export interface AskedPiece {
  readonly recordingId: string;
  /** Of the audio that is sent. */
  readonly digest: string;
  readonly model: string;
}

/** What was tried for one piece of audio in one run: the automatic one, or one that a person asked for. */
export interface AudioAttempts extends AskedPiece {
  readonly attempts: number;
  /** Of the last attempt; absent when it did not come to an end. Without `retryAt` it was the last. */
  readonly fault?: StageError;
}

export interface AnalysisStore {
  stages(roomId: string): Promise<StageAnswer[]>;
  /** Fields left out keep their value. Harmless when the room is gone. */
  changeStage(roomId: string, stage: StageName, change: StageChange): Promise<void>;
  /** The paid answer for one piece of audio; one of the former version has no form. */
  answer(
    piece: AskedPiece,
  ): Promise<{ readonly segments: readonly SpokenSegment[]; readonly form?: string } | undefined>;
  /** Replaces what was there. Harmless when the recording is gone. */
  saveAnswer(
    piece: AskedPiece,
    answer: SpeechAnswer & { readonly language: string; readonly at: number },
  ): Promise<void>;
  /** Everything that was asked for this room in this run. */
  attempts(roomId: string, run: string): Promise<AudioAttempts[]>;
  /** Before the call, so that one which brings the worker down is counted too. */
  beginAttempt(piece: AskedPiece, run: string): Promise<void>;
  failAttempt(piece: AskedPiece, run: string, fault: StageError): Promise<void>;
  /** The latest one whose key begins so. */
  transcriptOfAudio(
    roomId: string,
    audioKey: string,
  ): Promise<{ transcript: Transcript; inputKey: string } | undefined>;
  transcriptOfInput(roomId: string, inputKey: string): Promise<Transcript | undefined>;
  /** `make` gets the next revision. */
  addTranscript(roomId: string, inputKey: string, make: (revision: number) => Transcript): Promise<Transcript>;
  reportOfInput(roomId: string, inputKey: string): Promise<Report | undefined>;
  addReport(roomId: string, inputKey: string, make: (revision: number) => Report): Promise<Report>;
}

export interface RoomJob {
  readonly roomId: string;
  /** Of the outbox row that asked for it. */
  readonly key: string;
}

export type JobOutcome =
  | { readonly type: 'done' }
  /** Run it again at this instant on the room clock; one job that asks twice under the same `name` is queued once. */
  | { readonly type: 'again'; readonly at: number; readonly name: string };

/** Carries jobs from the outbox to a handler: each at least once, one of a room at a time. */
export interface JobQueue {
  start(handlers: {
    /** A rejection counts as a crash: the job comes back a few times, then is abandoned. */
    readonly handle: (job: RoomJob, signal: AbortSignal) => Promise<JobOutcome>;
    /** The job brought its worker down too often, or rejected too often. */
    readonly abandoned: (job: RoomJob) => Promise<void>;
  }): Promise<void>;
  /** Aborts what runs; it comes back with the next start. */
  close(): Promise<void>;
}
