// Stage `analyse`: one question to the language model, one report. The same input is not paid again, except for a re-run that
// was asked for; the re-run's own name is part of its input, so that repeating the job repeats nothing.
import { createHash } from 'node:crypto';
import { type AnalysisPrompt, analysisPromptOf, PROMPT_VERSION, tokensOf } from '../analysis/analysis-prompt.ts';
import { assembleReport, EMPTY_ANSWER } from '../analysis/assemble-report.ts';
import type { Report } from '../protocol/report.ts';
import { ANSWER_JSON_SCHEMA, ANSWER_SCHEMA_NAME, parseAnswer } from './analysis-answer.ts';
import type { DebateInput } from './debate-input.ts';
import type { Analyst } from './ports.ts';
import type { StageTools } from './run-stage.ts';
import { ServiceFault } from './service-fault.ts';
import type { TranscribedRoom } from './transcribe-room.ts';

/** Leaves room for the answer in a context of 128,000 tokens. About six hours of talk. */
const MAX_PROMPT_TOKENS = 110_000;

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export interface AnalyseInput extends DebateInput {
  readonly transcribed: TranscribedRoom;
  /** Name of the re-run that was asked for. */
  readonly rerun?: string;
}

const planOf = ({ content, facts, transcribed, rerun }: AnalyseInput, model: string) => {
  const prompt = analysisPromptOf({ transcript: transcribed.transcript, facts, pages: content.pages });
  const promptHash = digestOf([prompt.system, ANSWER_JSON_SCHEMA]).slice(0, 12);
  const inputKey = digestOf([model, promptHash, prompt.user, transcribed.inputKey, rerun ?? null]);
  return { prompt, promptHash, inputKey };
};

export const createAnalyseRoom = ({ store, clock, metrics }: Pick<StageTools, 'store' | 'clock' | 'metrics'>) => {
  /** The report that is there already for this input. */
  const find = (input: AnalyseInput, model: string): Promise<Report | undefined> =>
    store.reportOfInput(input.roomId, planOf(input, model).inputKey);

  /** Each call is counted, also one whose answer is of no use: it was paid for. */
  const ask = async (analyst: Analyst, prompt: AnalysisPrompt, signal: AbortSignal) => {
    try {
      const question = { ...prompt, schemaName: ANSWER_SCHEMA_NAME, schema: ANSWER_JSON_SCHEMA };
      const answered = await analyst.answer(question, signal);
      metrics.tokens.inc({ direction: 'prompt' }, answered.promptTokens);
      metrics.tokens.inc({ direction: 'completion' }, answered.completionTokens);
      const answer = parseAnswer(answered.content, answered.isCutOff);
      metrics.serviceCalls.inc({ service: 'chat', result: 'answered' });
      return { ...answered, answer };
    } catch (error) {
      if (error instanceof ServiceFault) metrics.serviceCalls.inc({ service: 'chat', result: error.kind });
      throw error;
    }
  };

  const run = async (input: AnalyseInput, analyst: Analyst, signal: AbortSignal): Promise<Report> => {
    const { transcript } = input.transcribed;
    const { prompt, promptHash, inputKey } = planOf(input, analyst.model);
    const kept = await store.reportOfInput(input.roomId, inputKey);
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
    const answered = silent ? undefined : await ask(analyst, prompt, signal);
    const answer = answered?.answer ?? EMPTY_ANSWER;
    const finishedAt = Math.round(clock.now());
    const provenance: Report['provenance'] = {
      model: analyst.model,
      ...(answered && { answerForm: answered.form }),
      promptVersion: `${PROMPT_VERSION}#${promptHash}`,
      promptTokens: answered?.promptTokens ?? 0,
      completionTokens: answered?.completionTokens ?? 0,
      startedAt: Math.round(startedAt),
      finishedAt,
    };
    const { debaters } = input.facts;
    return store.addReport(input.roomId, inputKey, (revision) =>
      assembleReport({ answer, transcript, debaters, provenance, revision, createdAt: finishedAt }),
    );
  };

  return { find, run };
};
