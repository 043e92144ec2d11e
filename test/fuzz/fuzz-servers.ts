// The real rooms and sockets of one server or of two, on one journal in memory and on virtual time. A server is killed at any
// moment: its timers, its sockets and its way to the journal end, and another one starts from the journal alone.
import { pino } from 'pino';
import { createMemoryStore } from '../../src/infra/memory/journal.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { evolveCommit } from '../../src/room/evolve.ts';
import { initialStateOf } from '../../src/room/initial-state.ts';
import { roomViewOf } from '../../src/room/participant-view.ts';
import type { RoomDefinition, RoomState } from '../../src/room/state.ts';
import type { Timers } from '../../src/rooms/ports.ts';
import { createLoneNode } from '../../src/rooms/presence/nodes.ts';
import type { NodeRegistry } from '../../src/rooms/presence/ports.ts';
import { createNodes, type WatchedNodes } from '../../src/rooms/presence/watched-nodes.ts';
import { createMemoryBus } from '../support/room/memory-bus.ts';
import { createMemoryNode } from '../support/room/memory-node.ts';
import type { MemorySocketServer } from '../support/room/memory-sockets.ts';
import type { VirtualTime } from '../support/room/virtual-time.ts';
import { COMMIT_MS, createTroubledJournal, type JournalFaults } from './troubled-journal.ts';

export interface Faults extends JournalFaults {
  kills: number;
  lostPublications: number;
}

export interface FuzzServersOptions {
  readonly definition: RoomDefinition;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly faults: Faults;
  /** One alone, or two beside each other. */
  readonly count: 1 | 2;
  /** Chances, 0 to 1. */
  readonly trouble: { journal: number; bus: number };
}

const BUS_MS = 15;
/** Nodes follow one time, not quite. */
const SKEW_MS = 10;

/** The list of processes, for those who run beside others. */
const createMemoryRegistry = (): NodeRegistry => {
  const marks = new Map<string, number>();
  let last = 0;
  const mark = (bootId: string): void => {
    last += 1;
    marks.set(bootId, last);
  };
  return {
    async register(bootId) {
      if (!marks.has(bootId)) mark(bootId);
    },
    async beat(bootId) {
      if (marks.has(bootId)) mark(bootId);
      return new Map(marks);
    },
    declareDead: async (bootId, known) => marks.get(bootId) === known && marks.delete(bootId),
    async remove(bootId) {
      marks.delete(bootId);
    },
    listed: async () => new Set(marks.keys()),
  };
};

export const createFuzzServers = (options: FuzzServersOptions) => {
  const { definition, time, random, faults, count, trouble } = options;
  const { roomId } = definition;
  const store = createMemoryStore();
  store.addRoom(definition);
  const registry = createMemoryRegistry();
  const problems: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void problems.push(line) });
  const bus = createMemoryBus((arrive) => {
    if (random() < trouble.bus) faults.lostPublications += 1;
    else time.after(random() * BUS_MS, arrive);
  });
  const states: RoomState[] = [initialStateOf(definition)];
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `id${ids}`;
  };

  const boot = async () => {
    let alive = true;
    const atCommit: (() => void)[] = [];
    const isAlive = (): boolean => alive;
    const timers: Timers = { after: (ms, run) => time.after(ms, () => alive && run()) };
    const skewMs = count === 1 ? 0 : random() * SKEW_MS;
    const clock = { now: () => time.now() + skewMs, monotonic: () => time.now() };
    const journal = createTroubledJournal(store.journal(), {
      ...{ time, random, faults, isAlive },
      trouble: () => trouble.journal,
      onCommit() {
        for (const crash of atCommit.splice(0)) time.after(random() * COMMIT_MS, crash);
      },
    });
    const agree = async (): Promise<boolean> => true;
    const watched: WatchedNodes | undefined =
      count === 1 ? undefined : createNodes({ registry, clock, timers, newId, agree, log });
    const ownBus = count === 1 ? undefined : bus.node();
    const { rooms, realtime, sockets } = createMemoryNode({
      ...{ store, time, journal, clock, timers, newId, log, bus: ownBus },
      nodes: watched ?? createLoneNode(newId(), agree),
    });
    watched?.onDeath(() => void rooms.loseDeadConnections());
    watched?.onDeclaredDead(() => realtime.closeTransports());
    await watched?.start();
    rooms.start();
    return {
      ...{ rooms, sockets },
      /** While it is under way. */
      atNextCommit: (run: () => void) => void atCommit.push(run),
      crash() {
        alive = false;
        ownBus?.end();
        sockets.crash();
      },
    };
  };

  type Server = Awaited<ReturnType<typeof boot>>;
  const servers: (Server | undefined)[] = [];

  const stateAt = (version: number): RoomState | undefined => {
    for (const commit of store.commitsOf(roomId).slice(states.length - 1)) {
      const last = states.at(-1);
      if (last) states.push(evolveCommit(last, commit));
    }
    return states[version];
  };

  const start = async (index: number): Promise<void> => {
    servers[index] ??= await boot();
  };

  return {
    problems,
    commits: () => store.commitsOf(roomId),
    /** What the journal says. */
    head: (): RoomState => stateAt(store.commitsOf(roomId).length) ?? initialStateOf(definition),
    /** What a participant has to see at that version. */
    viewAt(version: number, participantId: string): RoomView | undefined {
      const state = stateAt(version);
      return state && roomViewOf(state, participantId, new Map());
    },
    /** Any server that is up. */
    anyServer(): MemorySocketServer | undefined {
      const up = servers.flatMap((server) => server?.sockets ?? []);
      return up[Math.floor(random() * up.length)];
    },
    join: (participantId: string) =>
      servers[0]?.rooms.handle(roomId, { type: 'join', participantId, nickname: participantId, consent: [] }),
    start,
    async startAll() {
      for (let index = 0; index < count; index += 1) await start(index);
    },
    /** SIGKILL: nothing is said to anybody, the machine closes the sockets. */
    kill(which: number, { downMs, isAtCommit }: { readonly downMs: number; readonly isAtCommit: boolean }) {
      const index = which % count;
      const server = servers[index];
      const crash = (): void => {
        if (!server || servers[index] !== server) return;
        faults.kills += 1;
        servers[index] = undefined;
        server.crash();
        time.after(downMs, () => void start(index));
      };
      if (isAtCommit) server?.atNextCommit(crash);
      else crash();
    },
    /** What each server says of the room. */
    states: () => Promise.all(servers.map((server) => server?.rooms.state(roomId))),
  };
};

export type FuzzServers = ReturnType<typeof createFuzzServers>;
