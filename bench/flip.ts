// npm run bench:flip [-- rooms,rooms,... seconds]
// R rooms of three turn pages once per second: every turn durable before anyone hears of it, next to a bare Socket.IO
// server that only broadcasts, measured in the same run with the same load generator.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnServer } from '../processes/spawn-server.ts';
import { startBare } from './bare-process.ts';
import { measureTurns, memoryOf, type TurnRow } from './measure-turns.ts';
import { bareRooms, makeTurnRooms } from './turn-rooms.ts';

const [roomsArgument = '100,300,1000', secondsArgument = '20'] = process.argv.slice(2);
const ROOM_COUNTS = roomsArgument.split(',').map(Number);
const SECONDS = Number(secondsArgument);

const bare = async (count: number): Promise<TurnRow> => {
  const node = await startBare();
  try {
    return await measureTurns(
      'bare broadcast',
      { nodes: [node], emptyBytes: memoryOf([node.pid]) },
      bareRooms(count),
      SECONDS,
    );
  } finally {
    await node.stop();
  }
};

const trialogue = async (count: number): Promise<TurnRow> => {
  const server = await spawnServer({ env: { ROLE: 'server', LOG_LEVEL: 'warn' } });
  try {
    const emptyBytes = memoryOf([server.pid]);
    const rooms = await makeTurnRooms(server, count);
    const pidFile = readFileSync(join(server.dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    const target = { nodes: [server], postmasterPid: Number(pidFile.split('\n')[0]), emptyBytes };
    return await measureTurns('trialogue', target, rooms, SECONDS);
  } finally {
    await server.stop();
  }
};

for (const count of ROOM_COUNTS) {
  const [base, own] = [await bare(count), await trialogue(count)];
  console.table([base, own]);
  const times = (own.nodeCpuMsPer10k / base.nodeCpuMsPer10k).toFixed(2);
  console.log(`Node CPU of trialogue against the bare broadcast, ${count} rooms: ${times} times\n`);
}
process.exit(0);
