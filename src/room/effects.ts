// The work that a commit leaves to the job worker, as data: stored with the commit, done after it. Twice is harmless.
import type { RoomEvent } from '../protocol/room-events.ts';
import type { RoomState } from './state.ts';

/** Work for the job worker, written to the outbox in the same statement as the commit. */
export interface JobEffect {
  readonly type: 'job';
  readonly job: 'process_room';
  readonly roomId: string;
  /** Unique: the same effect is relayed once. */
  readonly key: string;
  /** Epoch ms before which the job must not run. */
  readonly notBefore: number;
}

/** Nobody waits for takes of who was removed: their token uploads no more. */
const isReady = ({ recordings, participants }: RoomState): boolean =>
  Object.values(recordings).every(
    ({ complete, participantId }) => complete || participants[participantId]?.standing === 'removed',
  );

/**
 * The room is processed when every started recording is complete, and again for each that is completed later. Should one never
 * be, it is processed without it once uploads have timed out.
 */
export const effectsOf = (events: readonly RoomEvent[], stateAfter: RoomState, at: number): JobEffect[] => {
  const { definition, phase, startedAt, endedAt, version } = stateAfter;
  if (phase !== 'ended' || endedAt === undefined || startedAt === undefined) return [];
  const { roomId, content } = definition;
  const timeoutAt = endedAt + content.settings.uploadTimeoutMs;
  const job = (key: string, notBefore: number): JobEffect => ({
    type: 'job',
    job: 'process_room',
    roomId,
    key: `${roomId}:${key}`,
    notBefore,
  });
  const hasJustEnded = events.some((event) => event.type === 'debate_ended');
  const isCompletion = events.some((event) => event.type === 'recording_completed');
  const isDue = isReady(stateAfter) || at >= timeoutAt;
  return [
    ...(hasJustEnded ? [job('timeout', timeoutAt)] : []),
    ...((hasJustEnded || isCompletion) && isDue ? [job(`ready:${version}`, at)] : []),
  ];
};
