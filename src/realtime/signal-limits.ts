// How much may be signaled. Counted per participant, so that connecting anew buys nothing, and per room, so that no room takes
// what the others need on this node and between the nodes. A connection of three needs some dozen small signals each.
import type { Clock } from '../rooms/ports.ts';
import type { SocketIdentity } from './authenticate.ts';
import { createRateLimits, type RateLimit } from './rate-limit.ts';

const PARTICIPANT = { perSecond: 50, burst: 200 };
/** Eight people who meet at one instant. */
const ROOM = { perSecond: 240, burst: 1_200 };
const CONNECTS = { perSecond: 5, burst: 100 };
/** So many connections more costs one that had to be closed: else whoever does not stop comes again for every frame. */
const CLOSED_COSTS = 10;
/** A larger signal counts as several. */
const LENGTH_PER_SIGNAL = 4_096;
const CAPACITY = 10_000;

export const createSignalLimits = ({ clock }: { clock: Clock }) => {
  const participantLimitOf = createRateLimits({ clock, ...PARTICIPANT, capacity: CAPACITY });
  const roomLimitOf = createRateLimits({ clock, ...ROOM, capacity: CAPACITY });
  const connectLimitOf = createRateLimits({ clock, ...CONNECTS, capacity: CAPACITY });
  return {
    /** Whatever was sent costs its sender; the room only what is relayed. */
    takeSignal(
      { roomId, participantId }: SocketIdentity,
      { length, isRelayed }: { readonly length: number; readonly isRelayed: boolean },
    ): ReturnType<RateLimit['take']> {
      const cost = Math.max(1, Math.ceil(length / LENGTH_PER_SIGNAL));
      const allowed = participantLimitOf(participantId).take(cost);
      if (allowed === 'close') connectLimitOf(participantId).take(CLOSED_COSTS);
      if (allowed !== 'ok' || !isRelayed) return allowed;
      // Others may be to blame for a full room: that closes nobody's connection.
      return roomLimitOf(roomId).take(cost) === 'ok' ? 'ok' : 'refuse';
    },
    mayConnect: ({ participantId }: SocketIdentity): boolean => connectLimitOf(participantId).take() === 'ok',
  };
};
