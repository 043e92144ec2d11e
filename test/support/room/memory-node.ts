// One node as the server assembles it, on a store in memory, sockets in memory and virtual time: its real rooms and sockets.
// A test replaces the ports that it plays itself, and reads what was stored and measured. Tokens are participant ids.
import { createServer } from 'node:http';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createMemoryStore, type MemoryStore } from '../../../src/infra/memory/journal.ts';
import { createLocalCopies } from '../../../src/infra/memory/local-copies.ts';
import { createLocalValues } from '../../../src/infra/memory/local-values.ts';
import { assembleRooms, type RoomPorts } from '../../../src/node/assemble-rooms.ts';
import type { RoomDefinition, RoomState } from '../../../src/room/state.ts';
import type { TelemetryRow } from '../../../src/rooms/ports.ts';
import { createLoneNode } from '../../../src/rooms/presence/nodes.ts';
import { createMemorySocketServer } from './memory-sockets.ts';
import { commitsOf, type Moment, roomDefinition } from './room-scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A store with one room, and what has happened in it. */
export const storeWith = (
  history: readonly Moment[] = [],
  definition: RoomDefinition = roomDefinition(),
): MemoryStore => {
  const store = createMemoryStore();
  store.addRoom(definition);
  const journal = store.journal();
  const { roomId } = definition;
  for (const commit of commitsOf(history))
    void journal.append({
      ...{ roomId, commit, newRecordings: [], stoppedRecordings: [], jobs: [] },
      summary: { phase: 'running', page: 0 },
    });
  return store;
};

let ids = 0;

export const createMemoryNode = (
  options: { readonly store: MemoryStore; readonly time: VirtualTime } & Partial<Omit<RoomPorts, 'io'>>,
) => {
  const { store, time, ...replaced } = options;
  const sockets = createMemorySocketServer();
  const telemetry: TelemetryRow[] = [];
  const ports = {
    journal: store.journal(),
    clock: { now: time.now, monotonic: time.now },
    timers: time,
    newId: (): string => {
      ids += 1;
      return `id${ids}`;
    },
    nodes: createLoneNode('here', async () => true),
    copies: createLocalCopies(),
    bus: undefined,
    voice: createLocalValues<{ readonly micOn: boolean; readonly speaking: boolean }>(),
    roundTrips: createLocalValues<number>(),
    telemetry: { record: (row: TelemetryRow) => void telemetry.push(row) },
    instances: { pageEpochOf: async () => 1, remember: async () => {} },
    verifyToken: async (token: string) => ({ roomId: 'room', participantId: token }),
    metrics: new Registry(),
    log: pino({ level: 'silent' }),
    ...replaced,
  };
  const { rooms, realtime } = assembleRooms({ ...ports, io: sockets.io });
  realtime.attach(createServer());
  return {
    ...{ rooms, realtime, sockets, telemetry },
    copies: ports.copies,
    voice: ports.voice,
    copyOf: (): Promise<RoomState | undefined> => ports.copies.get('room'),
  };
};
