// What the jobs need from outside. Adapters live in infra/; compose.ts puts them together.
import type { SpokenSegment } from '../analysis/merge-transcript.ts';
import type { StageAnswer, StageState } from '../protocol/rest.ts';
import type { Report, Transcript } from '../protocol/transcript.ts';

export type StageName = StageAnswer['stage'];

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
      readonly durationMs: number;
    },
    signal: AbortSignal,
  ): Promise<SpokenSegment[]>;
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
    readonly promptTokens: number;
    readonly completionTokens: number;
  }>;
}

export interface StageError {
  readonly code: string;
  readonly message: string;
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

export interface AnalysisStore {
  stages(roomId: string): Promise<StageAnswer[]>;
  /** Fields left out keep their value. Harmless when the room is gone. */
  changeStage(roomId: string, stage: StageName, change: StageChange): Promise<void>;
  /** The paid answer for one piece of audio. */
  segments(recordingId: string, digest: string, model: string): Promise<SpokenSegment[] | undefined>;
  saveSegments(row: {
    readonly recordingId: string;
    readonly digest: string;
    readonly model: string;
    readonly language: string;
    readonly segments: readonly SpokenSegment[];
    readonly at: number;
  }): Promise<void>;
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
