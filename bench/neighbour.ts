// npm run bench:neighbour [-- abuse,abuse,... runs seconds rooms]
// What the others notice when one participant, or one stranger, does the worst: page turns until the last of the room has them,
// answers, uploads, joins and refusals of quiet rooms, under each abuse and with the same load generator sending into a sink.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../src/infra/postgres/embedded.ts';
import { spawnServer } from '../test/support/spawn-server.ts';
import { tellSweeper } from '../test/support/tell-sweeper.ts';
import { ABUSES } from './neighbour/abuses.ts';
import { type ArmReport, openScene, type Scene } from './neighbour/scene.ts';
import { mountSmallDisk } from './neighbour/small-disk.ts';

const [abuses = 'all', runs = '5', seconds = '6', rooms = '20'] = process.argv.slice(2);
const names = ABUSES.map(({ name }) => name).filter((name) => abuses === 'all' || abuses.split(',').includes(name));
if (names.length === 0) throw new Error(`no such abuse; there are ${ABUSES.map(({ name }) => name).join(', ')}`);

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const addUp = (tallies: readonly Readonly<Record<string, number>>[]): string => {
  const sums: Record<string, number> = {};
  for (const tally of tallies)
    for (const [code, count] of Object.entries(tally)) sums[code] = (sums[code] ?? 0) + count;
  return Object.entries(sums)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
};

const measureAbuse = async (scene: Scene, name: string) => {
  const abused: ArmReport[] = [];
  const sunk: ArmReport[] = [];
  while (abused.length < Number(runs)) {
    const report = await scene.abused(name, Number(seconds));
    abused.push(report);
    sunk.push(await report.sink());
  }
  const p95s = (arms: readonly ArmReport[]) => arms.map(({ others }) => others.turns.p95);
  const ratios = abused.map(({ others }, run) => others.turns.p95 / (sunk[run]?.others.turns.p95 ?? Number.NaN));
  const median = (of: (report: ArmReport) => number) => medianOf(abused.map(of));
  console.log(`${name}: ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
  console.log(`  the others were refused: ${addUp(abused.map(({ others }) => others.refused)) || 'nothing'}`);
  console.log(`  with the sink: ${addUp(sunk.map(({ others }) => others.refused)) || 'nothing'}`);
  console.log(`  the abuser was answered: ${addUp(abused.map(({ abuser }) => abuser?.answers ?? {}))}`);
  return {
    abuse: name,
    'turn p50': ms(median(({ others }) => others.turns.p50)),
    'turn p95': ms(median(({ others }) => others.turns.p95)),
    'turn max': ms(Math.max(...abused.map(({ others }) => others.turns.max))),
    'sink p95': ms(medianOf(p95s(sunk))),
    ratio: medianOf(ratios).toFixed(2),
    refused: abused.flatMap(({ others }) => Object.values(others.refused)).reduce((sum, count) => sum + count, 0),
    'answer p95': ms(median(({ others }) => others.answers.p95)),
    'put p95': ms(median(({ others }) => others.puts.p95)),
    'join p95': ms(median(({ others }) => others.joins.p95)),
    'abuses/s': median(({ abuser }) => abuser?.perSecond ?? 0).toFixed(0),
    stretch: median(({ stretch }) => stretch).toFixed(1),
    'server CPU': `${(median(({ serverCpuShare }) => serverCpuShare) * 100).toFixed(0)} %`,
    'abuser CPU': `${((median(({ abuser }) => abuser?.cpuMs ?? 0) / Number(seconds)) * 0.1).toFixed(0)} %`,
  };
};

const GIB = 1024 ** 3;
/** Beside what the server keeps free. */
const LEFT_BYTES = GIB + 100 * 1024 ** 2;

/** Each with a server of its own: what one abuse leaves behind is not the next one's. */
const measureOn = async (name: string, databaseUrl: string, dataDir?: string) => {
  const server = await spawnServer({
    env: { ROLE: 'server', ...(dataDir === undefined && { DATABASE_URL: databaseUrl }) },
    ...(dataDir !== undefined && { dataDir }),
  });
  try {
    const scene = await openScene({ server, databaseUrl, rooms: Number(rooms), abuses: Number(runs) });
    try {
      return await measureAbuse(scene, name);
    } finally {
      await scene.close();
    }
  } finally {
    await server.stop();
  }
};

/** The database lies on the same disk. */
const measureOnSmallDisk = async (name: string, databaseUrl: string) => {
  const disk = mountSmallDisk(LEFT_BYTES + GIB / 2);
  if (!disk) return console.log(`${name}: not measured, no disk of its own can be mounted here`);
  try {
    disk.fillUpTo(LEFT_BYTES);
    return await measureOn(name, databaseUrl, disk.folder);
  } finally {
    disk.remove();
  }
};

const folder = mkdtempSync(join(tmpdir(), 'trialogue-bench-'));
tellSweeper('remove', folder);
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: pino({ level: 'warn' }) });
const rows = [];
try {
  for (const name of names) {
    const row = await (name === 'full-disk' ? measureOnSmallDisk : measureOn)(name, postgres.url);
    if (row) rows.push(row);
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
console.table(rows);
process.exit(0);
