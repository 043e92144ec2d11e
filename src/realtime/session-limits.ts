// How much a participant may send on /session. Counted per participant: whoever connects anew goes on counting.
import {
  COMMANDS,
  CONNECTS,
  LENGTH_PER_MESSAGE,
  MEASUREMENTS,
  MEASUREMENTS_IN_ALL,
  MESSAGES,
  REMEMBERED_PARTICIPANTS,
  SYNCS,
} from '../protocol/ceilings.ts';
import type { Clock } from '../rooms/ports.ts';
import { createRateLimits, type RateLimit } from './rate-limit.ts';

export interface SessionLimits {
  takeMessage(participantId: string, length: number): ReturnType<RateLimit['take']>;
  mayCommand(participantId: string): boolean;
  maySync(participantId: string): boolean;
  mayMeasure(participantId: string): boolean;
  /** Of measurements, however slowly they come. */
  mayStoreAnother(participantId: string): boolean;
  mayConnect(participantId: string): boolean;
}

export const createSessionLimits = ({ clock }: { readonly clock: Clock }): SessionLimits => {
  const limitsOf = (rate: { readonly perSecond: number; readonly burst: number }) =>
    createRateLimits({ clock, ...rate, capacity: REMEMBERED_PARTICIPANTS });
  const mayOf = (rate: { readonly perSecond: number; readonly burst: number }) => {
    const limitOf = limitsOf(rate);
    return (participantId: string): boolean => limitOf(participantId).take() === 'ok';
  };
  const messagesOf = limitsOf(MESSAGES);
  return {
    takeMessage: (participantId, length) =>
      messagesOf(participantId).take(Math.max(1, Math.ceil(length / LENGTH_PER_MESSAGE))),
    mayCommand: mayOf(COMMANDS),
    maySync: mayOf(SYNCS),
    mayMeasure: mayOf(MEASUREMENTS),
    mayStoreAnother: mayOf({ perSecond: 0, burst: MEASUREMENTS_IN_ALL }),
    mayConnect: mayOf(CONNECTS),
  };
};
