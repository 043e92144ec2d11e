// The stages in which a room is processed, in their order, the states that each can be in, and how a rerun is marked; once.

export const STAGES = { recordings: 'recordings', transcribe: 'transcribe', analyse: 'analyse' } as const;
export type StageName = (typeof STAGES)[keyof typeof STAGES];
export const STAGE_NAMES: readonly StageName[] = Object.values(STAGES);

export const STAGE_STATES = {
  waiting: 'waiting',
  running: 'running',
  done: 'done',
  failed: 'failed',
  not_configured: 'not_configured',
} as const;
export type StageState = (typeof STAGE_STATES)[keyof typeof STAGE_STATES];

/** Part of the key of a job by which somebody asked for a new report. */
export const RERUN_MARK = ':rerun:';
