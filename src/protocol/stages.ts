// The stages in which a room is processed, in their order, and the states that each can be in; once.

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
