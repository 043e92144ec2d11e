// Keeps the PIN of one room from being found by many addresses that each stay below their own limit. Once a room has taken too
// many wrong PINs, addresses that were wrong there are judged one after another, with growing pauses; whoever comes from an
// address without a wrong one is judged at once, and the right PIN opens whenever it is judged. By node, in memory.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { PIN_GUESSES } from '../protocol/ceilings.ts';

const HOUR_MS = 3_600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const MAX_ROOMS = 1_000;
const MAX_ADDRESSES = 20_000;

export interface PinGuard {
  /** Resolves to 0 when the PIN may be judged now; to how long to wait, ms, when too many wait already. */
  admit(roomId: string, address: string): Promise<number>;
  wrong(roomId: string, address: string): void;
}

interface PinGuardOptions {
  readonly registry: Registry;
  readonly log: Logger;
  /** For intervals only, ms. */
  readonly monotonic: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

interface RoomGuesses {
  /** Wrong ones, less those that time has taken back. */
  count: number;
  countedAt: number;
  pauseMs: number;
  readonly addresses: Set<string>;
  /** Addresses that wait to be judged. */
  readonly waiting: Set<string>;
  /** Ends when the last that waits is judged. */
  lane: Promise<unknown>;
}

export const createPinGuard = ({ registry, log, monotonic, pause }: PinGuardOptions): PinGuard => {
  const guesses = new Counter({
    name: 'trialogue_wrong_pins_total',
    help: 'Wrong PINs, by whether the room had taken too many already.',
    labelNames: ['room'],
    registers: [registry],
  });
  const rooms = new Map<string, RoomGuesses>();

  const roomOf = (roomId: string): RoomGuesses | undefined => {
    const room = rooms.get(roomId);
    if (!room) return undefined;
    const now = monotonic();
    room.count = Math.max(0, room.count - ((now - room.countedAt) / HOUR_MS) * PIN_GUESSES.perHour);
    room.countedAt = now;
    if (room.count === 0 && room.waiting.size === 0) {
      rooms.delete(roomId);
      return undefined;
    }
    if (room.count < PIN_GUESSES.burst) room.pauseMs = FIRST_PAUSE_MS;
    return room;
  };

  const begin = (roomId: string): RoomGuesses => {
    const room: RoomGuesses = {
      count: 0,
      countedAt: monotonic(),
      pauseMs: FIRST_PAUSE_MS,
      addresses: new Set(),
      waiting: new Set(),
      lane: Promise.resolve(),
    };
    rooms.set(roomId, room);
    const oldest = rooms.keys().next();
    if (rooms.size > MAX_ROOMS && !oldest.done) rooms.delete(oldest.value);
    return room;
  };

  return {
    async admit(roomId, address) {
      const room = roomOf(roomId);
      if (!room || room.count < PIN_GUESSES.burst || !room.addresses.has(address)) return 0;
      if (room.waiting.has(address)) return room.pauseMs;
      room.waiting.add(address);
      const turn = room.lane.then(() => pause(room.pauseMs));
      room.lane = turn;
      await turn;
      room.waiting.delete(address);
      return 0;
    },

    wrong(roomId, address) {
      const room = roomOf(roomId) ?? begin(roomId);
      const wasFull = room.count >= PIN_GUESSES.burst;
      room.count += 1;
      if (room.addresses.size < MAX_ADDRESSES) room.addresses.add(address);
      guesses.inc({ room: wasFull ? 'guarded' : 'open' });
      if (wasFull) room.pauseMs = Math.min(LONGEST_PAUSE_MS, room.pauseMs * 2);
      else if (room.count >= PIN_GUESSES.burst)
        log.warn({ roomId, addresses: room.addresses.size }, 'somebody seems to guess the PIN of a room');
    },
  };
};
