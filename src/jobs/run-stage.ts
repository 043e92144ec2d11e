// Runs one stage of a room: its row tells what is going on, failures become the next attempt or the end of the stage by the
// retry table. An abort by the signal is not a failure: it passes through.
import type { Logger } from 'pino';
import type { Clock } from '../rooms/ports.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { AnalysisStore, JobOutcome, StageError, StageName } from './ports.ts';
import { retryDelayOf } from './retry-table.ts';
import { ServiceFault } from './service-fault.ts';

export interface StageTools {
  readonly store: AnalysisStore;
  readonly clock: Clock;
  /** 0 to 1 */
  readonly random: () => number;
  readonly metrics: JobMetrics;
  readonly log: Logger;
}

export interface StageWork<Result> {
  readonly roomId: string;
  readonly stage: StageName;
  readonly model: string;
  readonly signal: AbortSignal;
  /**
   * `progressed` after each step that need not be repeated: later failures count from there.
   * A `note` is a fault of a part that did not stop the stage: it stays readable on a stage that is done.
   */
  readonly work: (progressed: (progress: number) => Promise<void>) => Promise<{ result: Result; note?: StageError }>;
}

export type StageOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly outcome: JobOutcome };

const faultOf = (error: unknown): ServiceFault =>
  error instanceof ServiceFault
    ? error
    : new ServiceFault('internal', 'Something went wrong in the worker; its log has the details.', { cause: error });

/** Attempts so far, if the stage was left in the middle of them. */
const attemptsOf = async (store: AnalysisStore, roomId: string, stage: StageName): Promise<number> => {
  const row = (await store.stages(roomId)).find((one) => one.stage === stage);
  return row && (row.state === 'running' || row.state === 'waiting') ? row.attempts : 0;
};

export const runStage = async <Result>(
  { store, clock, random, metrics, log }: StageTools,
  { roomId, stage, model, signal, work }: StageWork<Result>,
): Promise<StageOutcome<Result>> => {
  const change = store.changeStage.bind(store, roomId, stage);
  let attempt = (await attemptsOf(store, roomId, stage)) + 1;
  const startedAt = Math.round(clock.now());
  await change({ state: 'running', progress: 0, attempts: attempt, error: null, model, startedAt, finishedAt: null });
  const stopTimer = metrics.stageSeconds.startTimer({ stage });
  try {
    const { result, note } = await work(async (progress) => {
      attempt = 1;
      await change({ state: 'running', progress, attempts: attempt });
    });
    await change({ state: 'done', progress: 1, error: note ?? null, finishedAt: Math.round(clock.now()) });
    stopTimer();
    metrics.stages.inc({ stage, result: 'done' });
    return { ok: true, result };
  } catch (error) {
    signal.throwIfAborted();
    const fault = faultOf(error);
    const delayMs = retryDelayOf(fault, attempt, random());
    log.warn({ roomId, stage, attempt, kind: fault.kind, delayMs, err: fault.cause ?? fault }, 'a stage failed');
    const told = { code: fault.kind, message: fault.message };
    if (delayMs === undefined) {
      metrics.stages.inc({ stage, result: 'failed' });
      await change({ state: 'failed', attempts: attempt, error: told, finishedAt: Math.round(clock.now()) });
      return { ok: false, outcome: { type: 'done' } };
    }
    metrics.stages.inc({ stage, result: 'retry' });
    const at = clock.now() + delayMs;
    await change({ state: 'waiting', attempts: attempt, error: { ...told, retryAt: Math.round(at) } });
    return { ok: false, outcome: { type: 'again', at, name: `${stage}:${startedAt}` } };
  }
};
