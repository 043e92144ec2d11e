// The worker: carries jobs from the queue to process_room and says what became of them. Knows no adapter; src/compose gives them.
import type { Registry } from 'prom-client';
import { STAGE_NAMES, type StageName } from '../protocol/stages.ts';
import { createJobMetrics } from './job-metrics.ts';
import type { JobOutcome, JobQueue, RoomJob } from './ports.ts';
import { createProcessRoom, type ProcessRoomOptions } from './process-room.ts';

export interface WorkerOptions extends Omit<ProcessRoomOptions, 'metrics' | 'random'> {
  readonly queue: JobQueue;
  readonly registry: Registry;
}

export interface Worker {
  start(): Promise<void>;
  /** Stops taking jobs and aborts what runs: the queue hands it out again later. */
  close(): Promise<void>;
}

export const createWorker = ({ queue, registry, ...options }: WorkerOptions): Worker => {
  const { journal, store, clock, log } = options;
  const metrics = createJobMetrics(registry);
  const processRoom = createProcessRoom({ ...options, metrics, random: Math.random });

  const handle = async (job: RoomJob, signal: AbortSignal): Promise<JobOutcome> => {
    try {
      const outcome = await processRoom(job, signal);
      metrics.jobs.inc({ outcome: outcome.type });
      return outcome;
    } catch (error) {
      if (signal.aborted) {
        metrics.jobs.inc({ outcome: 'aborted' });
        return { type: 'again', at: clock.now(), name: `aborted:${clock.now()}` };
      }
      // Erased while it was worked on: there is nothing left to do.
      if ((await journal.definition(job.roomId)) === undefined) return { type: 'done' };
      metrics.jobs.inc({ outcome: 'crashed' });
      log.error({ err: error, ...job }, 'a job failed');
      throw error;
    }
  };

  const abandoned = async ({ roomId, key }: RoomJob): Promise<void> => {
    log.error({ roomId, key }, 'a job was given up');
    metrics.jobs.inc({ outcome: 'abandoned' });
    const rows = await store.stages(roomId);
    const stage = rows.find((row) => row.state === 'running')?.stage ?? STAGE_NAMES.find((name) => isOpen(name, rows));
    if (stage === undefined) return;
    const error = {
      code: 'abandoned',
      message: 'This room stopped the worker again and again. Run it again, or look at the log of the worker.',
    };
    await store.changeStage(roomId, stage, { state: 'failed', error, finishedAt: Math.round(clock.now()) });
  };

  return { start: () => queue.start({ handle, abandoned }), close: () => queue.close() };
};

const isOpen = (stage: StageName, rows: readonly { readonly stage: StageName; readonly state: string }[]): boolean => {
  const state = rows.find((row) => row.stage === stage)?.state;
  return state === undefined || state === 'waiting';
};
