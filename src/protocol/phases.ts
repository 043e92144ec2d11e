// The phases of a room, once. How one becomes another: room/state.ts.

export const PHASES = {
  waiting: 'waiting',
  countdown: 'countdown',
  running: 'running',
  ended: 'ended',
  expired: 'expired',
} as const;

export type RoomPhase = (typeof PHASES)[keyof typeof PHASES];

/** Of rooms that are not over. */
export const OPEN_PHASES: readonly RoomPhase[] = [PHASES.waiting, PHASES.countdown, PHASES.running];
