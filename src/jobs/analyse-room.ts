// Stage `analyse`: one question to the language model, one report. The same input is not paid again, except for a re-run that
// was asked for; the re-run's own name is part of its input, so that repeating the job repeats nothing.
import { createHash } from 'node:crypto';
import { analysisPromptOf, PROMPT_VERSION, tokensOf } from '../analysis/analysis-prompt.ts';
import { assembleReport, EMPTY_ANSWER } from '../analysis/assemble-report.ts';
import type { Report } from '../protocol/transcript.ts';
import { ANSWER_JSON_SCHEMA, ANSWER_SCHEMA_NAME, parseAnswer } from './analysis-answer.ts';
import type { Analyst } from './ports.ts';
import type { StageTools } from './run-stage.ts';
import { ServiceFault } from './service-fault.ts';
import type { DebateInput, TranscribedRoom } from './transcribe-room.ts';

/** Leaves room for the answer in a context of 128,000 tokens. About six hours of talk. */
const MAX_PROMPT_TOKENS = 110_000;

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export const createAnalyseRoom =
  ({ store, clock, metrics }: Pick<StageTools, 'store' | 'clock' | 'metrics'>) =>
  async (
    input: DebateInput & { readonly transcribed: TranscribedRoom; readonly rerun?: string },
    analyst: Analyst,
    signal: AbortSignal,
  ): Promise<Report> => {
    const { roomId, content, facts, rerun } = input;
    const { transcript, inputKey: transcriptKey } = input.transcribed;
    const prompt = analysisPromptOf({ transcript, facts, pages: content.pages });
    const promptHash = digestOf([prompt.system, ANSWER_JSON_SCHEMA]).slice(0, 12);
    const inputKey = digestOf([analyst.model, promptHash, prompt.user, transcriptKey, rerun ?? null]);
    const kept = await store.reportOfInput(roomId, inputKey);
    if (kept) return kept;

    const tokens = tokensOf(prompt);
    if (tokens > MAX_PROMPT_TOKENS) {
      throw new ServiceFault(
        'transcript_too_long',
        `The transcript needs about ${tokens} tokens; at most ${MAX_PROMPT_TOKENS} can be analysed at once. The transcript itself is there to be fetched.`,
      );
    }
    const startedAt = clock.now();
    // Nothing was said: nothing can be supported, and nobody has to be paid to say so.
    const silent = transcript.utterances.length === 0;
    const answered = silent
      ? undefined
      : await analyst.answer({ ...prompt, schemaName: ANSWER_SCHEMA_NAME, schema: ANSWER_JSON_SCHEMA }, signal);
    if (answered) {
      metrics.tokens.inc({ direction: 'prompt' }, answered.promptTokens);
      metrics.tokens.inc({ direction: 'completion' }, answered.completionTokens);
    }
    const answer = answered ? parseAnswer(answered.content) : EMPTY_ANSWER;
    const finishedAt = clock.now();
    return store.addReport(roomId, inputKey, (revision) =>
      assembleReport({
        answer,
        transcript,
        debaters: facts.debaters,
        provenance: {
          model: analyst.model,
          promptVersion: `${PROMPT_VERSION}#${promptHash}`,
          promptTokens: answered?.promptTokens ?? 0,
          completionTokens: answered?.completionTokens ?? 0,
          startedAt: Math.round(startedAt),
          finishedAt: Math.round(finishedAt),
        },
        revision,
        createdAt: Math.round(finishedAt),
      }),
    );
  };
