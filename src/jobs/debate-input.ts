// A finished debate as the stages get it.
import type { DebateFacts } from '../analysis/debate-facts.ts';
import type { StudyContent } from '../protocol/study.ts';
import type { Take } from './take-audio.ts';

export interface DebateInput {
  readonly roomId: string;
  readonly content: StudyContent;
  readonly facts: DebateFacts;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface TranscribeInput extends DebateInput {
  readonly takes: readonly Take[];
}
