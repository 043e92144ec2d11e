// Turns a page in every room once per second and notes when each participant hears of it.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRaw, type RawClient } from './raw-client.ts';

export interface LoadRoom {
  /** The host first. */
  readonly auths: readonly object[];
}

export interface LoadResult {
  /** From the host's send to each participant, ms. */
  readonly latenciesMs: number[];
  /** Between the first and the last participant of a room to hear of a turn, ms. */
  readonly skewsMs: number[];
  readonly turns: number;
  /** Turns that some participant never heard of, or that were refused. */
  readonly lost: number;
}

interface RoomLoad {
  clients: RawClient[];
  sentAt: number;
  arrivals: number[];
  page: number;
}

/** Connections opened at once: a debate evening does not begin within one millisecond. */
const CONNECT_WIDTH = 50;
const EVERY_MS = 1_000;
const SETTLE_MS = 2_000;

export const createTurnLoad = (portOf: (room: number, seat: number) => number, rooms: readonly LoadRoom[]) => {
  const latenciesMs: number[] = [];
  const skewsMs: number[] = [];
  let measuring = false;
  let turns = 0;
  let lost = 0;

  const loads: RoomLoad[] = rooms.map(() => ({ clients: [], sentAt: 0, arrivals: [], page: 0 }));

  const heard = (load: RoomLoad, text: string): void => {
    if (!text.includes('"page_turned"')) return;
    load.arrivals.push(performance.now());
  };

  const settle = (load: RoomLoad): void => {
    if (load.sentAt === 0 || !measuring) return;
    if (load.arrivals.length !== load.clients.length) {
      lost += 1;
      return;
    }
    for (const arrival of load.arrivals) latenciesMs.push(arrival - load.sentAt);
    skewsMs.push(Math.max(...load.arrivals) - Math.min(...load.arrivals));
  };

  const turn = (load: RoomLoad): void => {
    settle(load);
    load.arrivals = [];
    load.page = 1 - load.page;
    load.sentAt = performance.now();
    if (measuring) turns += 1;
    load.clients[0]?.send('page:turn', { to: load.page });
  };

  return {
    async connect(): Promise<void> {
      const todo = rooms.flatMap((room, index) =>
        room.auths.map((auth, seat) => ({ auth, seat, port: portOf(index, seat), load: loads[index] as RoomLoad })),
      );
      const next = async (): Promise<void> => {
        for (let one = todo.shift(); one; one = todo.shift()) {
          const { auth, seat, port, load } = one;
          load.clients[seat] = await connectRaw({
            port,
            auth,
            onEvent: (text) => heard(load, text),
            onAck: (text) => {
              if (text.includes('"ok":false') && measuring) lost += 1;
            },
          });
        }
      };
      await Promise.all(Array.from({ length: CONNECT_WIDTH }, next));
    },

    /** Turns for `seconds`; `onMeasure` is called when warming up is over. */
    async run({
      warmUpSeconds,
      seconds,
      onMeasure,
    }: {
      warmUpSeconds: number;
      seconds: number;
      onMeasure: () => void;
    }): Promise<void> {
      // Rooms turn at instants spread over the second, as independent debates do.
      const timers = new Set<NodeJS.Timeout>();
      loads.forEach((load, index) => {
        const phase = (index * EVERY_MS) / loads.length;
        const first = setTimeout(() => {
          timers.delete(first);
          turn(load);
          timers.add(setInterval(turn, EVERY_MS, load));
        }, phase);
        timers.add(first);
      });
      await delay(warmUpSeconds * 1_000);
      for (const load of loads) load.sentAt = 0;
      measuring = true;
      onMeasure();
      await delay(seconds * 1_000);
      for (const timer of timers) clearTimeout(timer);
      await delay(SETTLE_MS);
      for (const load of loads) settle(load);
    },

    result: (): LoadResult => ({ latenciesMs, skewsMs, turns, lost }),
    close(): void {
      for (const load of loads) for (const client of load.clients) client.close();
    },
  };
};
