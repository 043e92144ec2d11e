// Protects the PIN of a room from guesses spread over many addresses that each stay below their own limit. After too many wrong
// PINs in a room, addresses that gave a wrong one are judged one after another, with growing pauses. Addresses without a wrong PIN
// are judged at once. So that a class in which somebody mistyped does not wait behind guessers, addresses with the fewest wrong
// PINs come first, and an address that gave the right PIN never waits. Counted per node, in memory.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { PIN_GUESSES } from '../protocol/ceilings.ts';
import { siteOf } from './network-of.ts';

const HOUR_MS = 3_600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const MAX_ROOMS = 1_000;
const MAX_SITES = 20_000;

export interface PinGuard {
  /** Resolves to 0 when the PIN may be judged now; to how long to wait, ms, when too many wait already. */
  admit(roomId: string, address: string): Promise<number>;
  wrong(roomId: string, address: string): void;
  right(roomId: string, address: string): void;
  /** Wrong PINs of a room, less those that time has taken back. */
  wrongOf(roomId: string): number;
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
  /** How often each site was wrong since it was last right. */
  readonly wrong: Map<string, number>;
  /** Sites that know the PIN. */
  readonly right: Set<string>;
  /** What lets the one of a site go on that waits to be judged. */
  readonly waiting: Map<string, () => void>;
  isJudging: boolean;
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
      wrong: new Map(),
      right: new Set(),
      waiting: new Map(),
      isJudging: false,
    };
    rooms.set(roomId, room);
    const oldest = rooms.keys().next();
    if (rooms.size > MAX_ROOMS && !oldest.done) rooms.delete(oldest.value);
    return room;
  };

  const letGo = ({ waiting }: RoomGuesses, site: string): void => {
    waiting.get(site)?.();
    waiting.delete(site);
  };

  /** One after another, as long as somebody waits. */
  const judge = async (room: RoomGuesses): Promise<void> => {
    if (room.isJudging) return;
    room.isJudging = true;
    const wrongOf = (site: string) => room.wrong.get(site) ?? 0;
    while (room.waiting.size > 0) {
      await pause(room.pauseMs);
      const [next] = [...room.waiting].sort(([a], [b]) => wrongOf(a) - wrongOf(b));
      if (next) letGo(room, next[0]);
    }
    room.isJudging = false;
  };

  return {
    async admit(roomId, address) {
      const room = roomOf(roomId);
      const site = siteOf(address);
      if (!room || room.count < PIN_GUESSES.burst || room.right.has(site) || !room.wrong.has(site)) return 0;
      if (room.waiting.has(site)) return room.pauseMs;
      const turn = Promise.withResolvers<void>();
      room.waiting.set(site, turn.resolve);
      void judge(room);
      await turn.promise;
      return 0;
    },

    wrong(roomId, address) {
      const room = roomOf(roomId) ?? begin(roomId);
      const site = siteOf(address);
      const wasFull = room.count >= PIN_GUESSES.burst;
      room.count += 1;
      const wrong = room.wrong.get(site);
      if (wrong !== undefined || room.wrong.size < MAX_SITES) room.wrong.set(site, (wrong ?? 0) + 1);
      guesses.inc({ room: wasFull ? 'guarded' : 'open' });
      if (wasFull) room.pauseMs = Math.min(LONGEST_PAUSE_MS, room.pauseMs * 2);
      else if (room.count >= PIN_GUESSES.burst)
        log.warn({ roomId, addresses: room.wrong.size }, 'somebody seems to guess the PIN of a room');
    },

    right(roomId, address) {
      const room = roomOf(roomId);
      const site = siteOf(address);
      // Only who was wrong would be made to wait.
      if (!room?.wrong.has(site)) return;
      room.right.add(site);
      letGo(room, site);
    },

    wrongOf: (roomId) => Math.ceil(roomOf(roomId)?.count ?? 0),
  };
};
