// Runs one stage of a room: its row tells what is going on, failures become the next attempt or the end of the stage by the
// retry table. An abort by the signal is not a failure: it passes through.
import type { Logger } from 'pino';
import type { StageName } from '../protocol/stages.ts';
import type { Clock } from '../rooms/ports.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { AnalysisStore, JobOutcome, StageError } from './ports.ts';
import { isSameAgain, retryDelayOf } from './retry-table.ts';
import { ServiceFault } from './service-fault.ts';

export interface StageTools {
  readonly store: AnalysisStore;
  readonly clock: Clock;
  /** 0 to 1 */
  readonly random: () => number;
  readonly metrics: JobMetrics;
  readonly log: Logger;
}

/**
 * `later`: parts are to be tried again; their attempts are counted where the parts are. `failed`: nothing came of any part.
 * A `note` is a fault of a part that did not stop the stage: it stays readable on a stage that is done.
 */
export type WorkOutcome<Result> =
  | { readonly type: 'done'; readonly result: Result; readonly note?: StageError }
  | { readonly type: 'later'; readonly at: number; readonly attempts: number; readonly error: StageError }
  | { readonly type: 'failed'; readonly error: StageError };

export interface StageWork<Result> {
  readonly roomId: string;
  readonly stage: StageName;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly work: (progressed: (progress: number) => Promise<void>) => Promise<WorkOutcome<Result>>;
}

export type StageOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly outcome: JobOutcome };

const faultOf = (error: unknown): ServiceFault =>
  error instanceof ServiceFault
    ? error
    : new ServiceFault('internal', 'Something went wrong in the worker; its log has the details.', { cause: error });

/** Attempts so far, if the stage was left in the middle of them, and what the last one ended with. */
const leftOf = async (
  store: AnalysisStore,
  roomId: string,
  stage: StageName,
): Promise<{ attempts: number; error?: StageError }> => {
  const row = (await store.stages(roomId)).find((one) => one.stage === stage);
  if (!row || (row.state !== 'running' && row.state !== 'waiting')) return { attempts: 0 };
  // Attempts for one recording are no attempts of the stage.
  if (row.error?.recordingId !== undefined) return { attempts: 0 };
  return { attempts: row.attempts, ...(row.error && { error: row.error }) };
};

export const runStage = async <Result>(
  { store, clock, random, metrics, log }: StageTools,
  { roomId, stage, model, signal, work }: StageWork<Result>,
): Promise<StageOutcome<Result>> => {
  const change = store.changeStage.bind(store, roomId, stage);
  const left = await leftOf(store, roomId, stage);
  const attempt = left.attempts + 1;
  const startedAt = Math.round(clock.now());
  await change({ state: 'running', progress: 0, attempts: attempt, error: null, model, startedAt, finishedAt: null });

  const fail = async (error: StageError, attempts: number): Promise<StageOutcome<Result>> => {
    metrics.stages.inc({ stage, result: 'failed' });
    await change({ state: 'failed', attempts, error, finishedAt: Math.round(clock.now()) });
    return { ok: false, outcome: { type: 'done' } };
  };
  const tryAgain = async (error: StageError, attempts: number, at: number): Promise<StageOutcome<Result>> => {
    metrics.stages.inc({ stage, result: 'retry' });
    await change({ state: 'waiting', attempts, error: { ...error, retryAt: Math.round(at) } });
    return { ok: false, outcome: { type: 'again', at, name: `${stage}:${startedAt}` } };
  };

  const stopTimer = metrics.stageSeconds.startTimer({ stage });
  try {
    const outcome = await work((progress) => change({ state: 'running', progress, attempts: attempt }));
    if (outcome.type === 'later') return await tryAgain(outcome.error, outcome.attempts, outcome.at);
    if (outcome.type === 'failed') return await fail(outcome.error, attempt);
    await change({ state: 'done', progress: 1, error: outcome.note ?? null, finishedAt: Math.round(clock.now()) });
    stopTimer();
    metrics.stages.inc({ stage, result: 'done' });
    return { ok: true, result: outcome.result };
  } catch (error) {
    signal.throwIfAborted();
    const fault = faultOf(error);
    const delayMs = isSameAgain(left.error, fault) ? undefined : retryDelayOf(fault, attempt, random());
    log.warn({ roomId, stage, attempt, kind: fault.kind, delayMs, err: fault.cause ?? fault }, 'a stage failed');
    const problem = { code: fault.kind, message: fault.message };
    return delayMs === undefined ? fail(problem, attempt) : tryAgain(problem, attempt, clock.now() + delayMs);
  }
};
