// Rooms on a database of the test's own, not started and without a port: for tests that play the clock, or the database.
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { assembleRooms, type RoomPorts } from '../../../src/node/assemble-rooms.ts';
import { createSocketServer } from '../../../src/realtime/socket-server.ts';
import { createTestDatabase } from './database.ts';
import { openTestPorts } from './test-ports.ts';

/** Whoever connects here does so under this name: nobody is declared lost for having no socket. */
export const ELSEWHERE = 'another process';

export const openRooms = async (changes: Partial<RoomPorts>) => {
  const database = await createTestDatabase();
  const log = pino({ level: 'silent' });
  const opened = openTestPorts({ databaseUrl: database.url, folder: tmpdir(), log });
  const { metrics } = opened.ports;
  const { rooms } = assembleRooms({
    ...opened.ports,
    nodes: { bootId: () => 'this one', isDead: () => false, askAfter: () => {}, allows: async () => true },
    io: createSocketServer({ corsOrigins: [], publicUrl: undefined, adapter: undefined, metrics, log }),
    verifyToken: async () => undefined,
    ...changes,
  });
  onTestFinished(async () => {
    await rooms.close();
    await opened.close();
    await database.drop();
  });
  return { rooms, pool: opened.pool, journal: opened.ports.journal, metrics };
};
