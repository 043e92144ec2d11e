// npm run bench:flip [-- rooms,rooms,... seconds]
// R rooms of three turn pages once per second: every turn durable before anyone hears of it, next to a bare Socket.IO
// server that only broadcasts, measured in the same run with the same load generator.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnServer } from '../test/support/spawn-server.ts';
import { summaryOf } from './percentiles.ts';
import { cpuMsOf, postgresCpuMsOf, residentBytesOf } from './process-usage.ts';
import { createTurnLoad, type LoadRoom } from './turn-load.ts';

const [roomsArgument = '100,300,1000', secondsArgument = '20'] = process.argv.slice(2);
const ROOM_COUNTS = roomsArgument.split(',').map(Number);
const SECONDS = Number(secondsArgument);
const WARM_UP_SECONDS = 5;
const JOIN_WIDTH = 20;

interface Row {
  readonly server: string;
  readonly rooms: number;
  readonly turns: number;
  readonly lost: number;
  readonly p50Ms: string;
  readonly p99Ms: string;
  readonly maxMs: string;
  readonly skewP99Ms: string;
  readonly nodeCpuMsPer10k: number;
  readonly postgresCpuMsPer10k?: number;
  readonly kbPerRoom: string;
}

const measure = async (
  server: string,
  target: { readonly port: number; readonly pid: number; readonly postmasterPid?: number; readonly emptyBytes: number },
  rooms: readonly LoadRoom[],
): Promise<Row> => {
  const load = createTurnLoad(target.port, rooms);
  await load.connect();
  let cpuBefore = 0;
  let postgresBefore = 0;
  const postgresCpu = () => (target.postmasterPid === undefined ? 0 : postgresCpuMsOf(target.postmasterPid));
  await load.run({
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: SECONDS,
    onMeasure: () => {
      cpuBefore = cpuMsOf(target.pid);
      postgresBefore = postgresCpu();
    },
  });
  const result = load.result();
  const per10k = (ms: number) => Math.round((ms / result.turns) * 10_000);
  const latency = summaryOf(result.latenciesMs);
  const row: Row = {
    server,
    rooms: rooms.length,
    turns: result.turns,
    lost: result.lost,
    p50Ms: latency.p50.toFixed(1),
    p99Ms: latency.p99.toFixed(1),
    maxMs: latency.max.toFixed(1),
    skewP99Ms: summaryOf(result.skewsMs).p99.toFixed(2),
    nodeCpuMsPer10k: per10k(cpuMsOf(target.pid) - cpuBefore),
    ...(target.postmasterPid === undefined ? {} : { postgresCpuMsPer10k: per10k(postgresCpu() - postgresBefore) }),
    kbPerRoom: ((residentBytesOf(target.pid) - target.emptyBytes) / 1024 / rooms.length).toFixed(0),
  };
  load.close();
  return row;
};

const bare = async (count: number): Promise<Row> => {
  const child = fork(fileURLToPath(new URL('./bare-server.ts', import.meta.url)));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const pid = child.pid ?? Number.NaN;
  try {
    const rooms = Array.from({ length: count }, (_, index) => ({
      auths: [0, 1, 2].map(() => ({ room: `room-${index}` })),
    }));
    return await measure('bare broadcast', { port, pid, emptyBytes: residentBytesOf(pid) }, rooms);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
};

const trialogue = async (count: number): Promise<Row> => {
  const server = await spawnServer({ env: { ROLE: 'server', LOG_LEVEL: 'warn' } });
  const post = async (path: string, body: object, key?: string) => {
    const response = await fetch(`${server.url}/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  try {
    const study: { id: string } = await post(
      '/studies',
      {
        title: 'Turning pages',
        pages: [
          { title: 'One', body: 'A page of a debate.' },
          { title: 'Two', body: 'Another page of a debate.' },
        ],
        settings: { countdownMs: 500 },
      },
      server.researcherKey,
    );
    const codes: string[] = [];
    while (codes.length < count) {
      const { rooms }: { rooms: { code: string }[] } = await post(
        `/studies/${study.id}/rooms`,
        { count: Math.min(500, count - codes.length) },
        server.researcherKey,
      );
      codes.push(...rooms.map((room) => room.code));
    }
    const emptyBytes = residentBytesOf(server.pid);
    const rooms: LoadRoom[] = [];
    const todo = [...codes];
    const next = async (): Promise<void> => {
      for (let code = todo.shift(); code; code = todo.shift()) {
        const auths: object[] = [];
        for (const nickname of ['a', 'b', 'c']) {
          const { token }: { token: string } = await post('/join', { code, nickname });
          auths.push({ token });
        }
        rooms.push({ auths });
      }
    };
    await Promise.all(Array.from({ length: JOIN_WIDTH }, next));
    const postmasterPid = Number(
      readFileSync(join(server.dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
    );
    return await measure('trialogue', { port: server.port, pid: server.pid, postmasterPid, emptyBytes }, rooms);
  } finally {
    await server.stop();
  }
};

const rows: Row[] = [];
for (const count of ROOM_COUNTS) {
  rows.push(await bare(count));
  rows.push(await trialogue(count));
  console.table(rows.slice(-2));
}
console.log('\nNode CPU of trialogue against the bare broadcast:');
for (let index = 0; index < rows.length; index += 2) {
  const [base, own] = [rows[index], rows[index + 1]];
  if (base && own)
    console.log(`  ${own.rooms} rooms: ${(own.nodeCpuMsPer10k / base.nodeCpuMsPer10k).toFixed(2)} times`);
}
process.exit(0);
