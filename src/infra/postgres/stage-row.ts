// A row of `stages` as the answer that the API gives.
import type { StageAnswer } from '../../protocol/job-answers.ts';
import type { Stage } from './generated/client.ts';

/** Without a row the stage has not been looked at yet. */
export const stageOf = (stage: StageAnswer['stage'], row: Stage | undefined): StageAnswer =>
  row
    ? {
        stage,
        state: row.state as StageAnswer['state'],
        progress: row.progress,
        attempts: row.attempts,
        ...(row.error !== null && { error: row.error as unknown as NonNullable<StageAnswer['error']> }),
        ...(row.model !== null && { model: row.model }),
        ...(row.startedAt !== null && { startedAt: row.startedAt }),
        ...(row.finishedAt !== null && { finishedAt: row.finishedAt }),
      }
    : { stage, state: 'waiting', progress: 0, attempts: 0 };
