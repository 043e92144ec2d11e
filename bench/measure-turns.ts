// Turns pages in rooms on some servers and sums up: how long until everybody knows, and what it costs the processes.
import { summaryOf } from '../processes/percentiles.ts';
import { cpuMsOf, postgresCpuMsOf, residentBytesOf } from './process-usage.ts';
import { createTurnLoad, type LoadRoom } from './turn-load.ts';

const WARM_UP_SECONDS = 5;

export interface TurnTarget {
  readonly nodes: readonly { readonly port: number; readonly pid: number }[];
  readonly postmasterPid?: number;
  readonly redisPid?: number;
  /** Resident memory of all nodes before the first room. */
  readonly emptyBytes: number;
}

export interface TurnRow {
  readonly server: string;
  readonly rooms: number;
  readonly turns: number;
  readonly lost: number;
  readonly p50Ms: string;
  readonly p99Ms: string;
  readonly maxMs: string;
  readonly skewP99Ms: string;
  /** Of all nodes together. */
  readonly nodeCpuMsPer10k: number;
  readonly postgresCpuMsPer10k?: number;
  readonly redisCpuMsPer10k?: number;
  readonly kbPerRoom: string;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

export const memoryOf = (pids: readonly number[]): number => sumOf(pids.map(residentBytesOf));

/** With several nodes each room is spread over them: neighbouring seats are on different ones. */
export const measureTurns = async (
  server: string,
  { nodes, postmasterPid, redisPid, emptyBytes }: TurnTarget,
  rooms: readonly LoadRoom[],
  seconds: number,
): Promise<TurnRow> => {
  const pids = nodes.map((node) => node.pid);
  const load = createTurnLoad((room, seat) => nodes[(room + seat) % nodes.length]?.port ?? Number.NaN, rooms);
  await load.connect();
  const cpuNow = () => ({
    node: sumOf(pids.map(cpuMsOf)),
    postgres: postmasterPid === undefined ? 0 : postgresCpuMsOf(postmasterPid),
    redis: redisPid === undefined ? 0 : cpuMsOf(redisPid),
  });
  let before = cpuNow();
  await load.run({
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
    onMeasure: () => {
      before = cpuNow();
    },
  });
  const after = cpuNow();
  const result = load.result();
  const latency = summaryOf(result.latenciesMs);
  const per10k = (ms: number) => Math.round((ms / result.turns) * 10_000);
  const row: TurnRow = {
    server,
    rooms: rooms.length,
    turns: result.turns,
    lost: result.lost,
    p50Ms: latency.p50.toFixed(1),
    p99Ms: latency.p99.toFixed(1),
    maxMs: latency.max.toFixed(1),
    skewP99Ms: summaryOf(result.skewsMs).p99.toFixed(2),
    nodeCpuMsPer10k: per10k(after.node - before.node),
    ...(postmasterPid === undefined ? {} : { postgresCpuMsPer10k: per10k(after.postgres - before.postgres) }),
    ...(redisPid === undefined ? {} : { redisCpuMsPer10k: per10k(after.redis - before.redis) }),
    kbPerRoom: ((memoryOf(pids) - emptyBytes) / 1024 / rooms.length).toFixed(0),
  };
  load.close();
  return row;
};
