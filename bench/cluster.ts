// npm run bench:cluster [-- rooms,rooms,... seconds]
// R rooms of three turn pages once per second: on two nodes with Redis, every room spread over both, next to one node in memory
// and to two bare Socket.IO servers that broadcast through their Redis adapter, all measured in the same run.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { startRedisServer } from '../processes/redis-server.ts';
import { spawnServer } from '../processes/spawn-server.ts';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';
import { startBare } from './bare-process.ts';
import { measureTurns, memoryOf, type TurnRow } from './measure-turns.ts';
import { bareRooms, makeTurnRooms } from './turn-rooms.ts';

const [roomsArgument = '30,100,300', secondsArgument = '20'] = process.argv.slice(2);
const ROOM_COUNTS = roomsArgument.split(',').map(Number);
const SECONDS = Number(secondsArgument);
const log = pino({ level: 'warn' });

const pidOfRedis = async (redis: Awaited<ReturnType<typeof startRedisServer>>): Promise<number> =>
  Number(/process_id:(\d+)/.exec(String(await redis.command('INFO', 'server')))?.[1]);

const bare = async (count: number): Promise<TurnRow> => {
  const redis = await startRedisServer();
  const nodes = [await startBare(redis.url), await startBare(redis.url)];
  try {
    const emptyBytes = memoryOf(nodes.map((node) => node.pid));
    const target = { nodes, redisPid: await pidOfRedis(redis), emptyBytes };
    return await measureTurns('bare, 2 nodes, Redis', target, bareRooms(count), SECONDS);
  } finally {
    for (const node of nodes) await node.stop();
    await redis.stop();
  }
};

/** The same database settings for one node and for two. */
const trialogue = async (count: number, nodeCount: number): Promise<TurnRow> => {
  const folder = mkdtempSync(join(tmpdir(), 'trialogue-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log, isInUse: isServerLocked });
  const redis = nodeCount > 1 ? await startRedisServer() : undefined;
  const shared = redis && {
    REDIS_URL: redis.url,
    AUTH_SECRET: 'a secret that is only used in this measurement',
    STORAGE_URL: pathToFileURL(join(folder, 'storage')).href,
  };
  const researcherKey = 'a key of this measurement';
  const env = {
    ROLE: 'server',
    LOG_LEVEL: 'warn',
    DATABASE_URL: postgres.url,
    RESEARCHER_KEY: researcherKey,
    ...shared,
  };
  const nodes = [];
  try {
    for (let index = 0; index < nodeCount; index += 1) nodes.push(await spawnServer({ env }));
    const emptyBytes = memoryOf(nodes.map((node) => node.pid));
    const rooms = await makeTurnRooms({ url: nodes[0]?.url ?? '', researcherKey }, count);
    const pidFile = readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    const redisPid = redis && (await pidOfRedis(redis));
    const target = {
      nodes,
      postmasterPid: Number(pidFile.split('\n')[0]),
      ...(redisPid === undefined ? {} : { redisPid }),
      emptyBytes,
    };
    const name = redis ? `Trialogue, ${nodeCount} nodes, Redis` : 'Trialogue, 1 node, memory';
    return await measureTurns(name, target, rooms, SECONDS);
  } finally {
    for (const node of nodes) await node.stop();
    await redis?.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
};

for (const count of ROOM_COUNTS) {
  const [base, one, two] = [await bare(count), await trialogue(count, 1), await trialogue(count, 2)];
  console.table([base, one, two]);
  const cpuOf = ({ nodeCpuMsPer10k, redisCpuMsPer10k = 0 }: TurnRow) => nodeCpuMsPer10k + redisCpuMsPer10k;
  const times = (own: number, other: number) => `${(own / other).toFixed(2)} times`;
  console.log(`CPU of nodes and Redis, ${count} rooms: two nodes against one ${times(cpuOf(two), cpuOf(one))},`);
  console.log(`  against the bare broadcast over Redis ${times(cpuOf(two), cpuOf(base))}\n`);
}
process.exit(0);
