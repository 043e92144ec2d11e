// npm run bench:neighbour [-- abuse,abuse,... runs seconds rooms]
// What the others notice when one participant, or one stranger, does the worst: page turns until the last of the room has them,
// answers, uploads, joins and refusals of quiet rooms, under each abuse and with the same load generator sending into a sink.
// Prints the table of docs/performance.md, medians of the runs, ms; `stretch`: how many times longer the machine let the server's
// work take.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { spawnServer } from '../processes/spawn-server.ts';
import { tellSweeper } from '../processes/tell-sweeper.ts';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';
import type { Abuse } from './neighbour/abuse-tools.ts';
import { ABUSES } from './neighbour/abuses.ts';
import { type ArmReport, openScene, type Scene } from './neighbour/scene.ts';
import { mountSmallDisk } from './neighbour/small-disk.ts';

const [abuses = 'all', runs = '5', seconds = '6', rooms = '20'] = process.argv.slice(2);
const chosen = ABUSES.filter(({ name }) => abuses === 'all' || abuses.split(',').includes(name));
if (chosen.length === 0) throw new Error(`no such abuse; there are ${ABUSES.map(({ name }) => name).join(', ')}`);

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

const COLUMNS = [
  'abuse',
  'turn p50',
  'p95',
  'max',
  'with the sink',
  'ratio',
  'refused to others',
  'put p95',
  'abuses a second',
  'load',
  'stretch',
];
const lineOf = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;

/** A line of the table; whatever else there is to know goes to stderr. */
const measureAbuse = async (scene: Scene, { name, what }: Abuse): Promise<void> => {
  const load = loadavg()[0] ?? Number.NaN;
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
  console.error(`${name}: ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
  console.error(`  the others were refused: ${addUp(abused.map(({ others }) => others.refused)) || 'nothing'}`);
  console.error(`  with the sink: ${addUp(sunk.map(({ others }) => others.refused)) || 'nothing'}`);
  console.error(`  the abuser was answered: ${addUp(abused.map(({ abuser }) => abuser?.answers ?? {}))}`);
  console.error(`  CPU of the server: ${(median(({ serverCpuShare }) => serverCpuShare) * 100).toFixed(0)} %`);
  console.log(
    lineOf([
      what,
      ms(median(({ others }) => others.turns.p50)),
      ms(median(({ others }) => others.turns.p95)),
      ms(Math.max(...abused.map(({ others }) => others.turns.max))),
      ms(medianOf(p95s(sunk))),
      medianOf(ratios).toFixed(1),
      addUp(abused.map(({ others }) => others.refused)) || 0,
      ms(median(({ others }) => others.puts.p95)),
      median(({ abuser }) => abuser?.perSecond ?? 0).toFixed(0),
      load.toFixed(1),
      median(({ stretch }) => stretch).toFixed(1),
    ]),
  );
};

const GIB = 1024 ** 3;
/** Beside what the server keeps free. */
const LEFT_BYTES = GIB + 100 * 1024 ** 2;

/** Each with a server of its own: what one abuse leaves behind is not the next one's. */
const measureOn = async (abuse: Abuse, databaseUrl: string, dataDir?: string): Promise<void> => {
  const server = await spawnServer({
    env: { ROLE: 'server', ...(dataDir === undefined && { DATABASE_URL: databaseUrl }) },
    ...(dataDir !== undefined && { dataDir }),
  });
  try {
    const scene = await openScene({ server, databaseUrl, rooms: Number(rooms), abuses: Number(runs) });
    try {
      await measureAbuse(scene, abuse);
    } finally {
      await scene.close();
    }
  } catch (error) {
    console.error(server.output());
    throw error;
  } finally {
    await server.stop();
  }
};

/** The database lies on the same disk. */
const measureOnSmallDisk = async (abuse: Abuse, databaseUrl: string): Promise<void> => {
  const disk = mountSmallDisk(LEFT_BYTES + GIB / 2);
  if (!disk) return console.error(`${abuse.name}: not measured, no disk of its own can be mounted here`);
  try {
    disk.fillUpTo(LEFT_BYTES);
    await measureOn(abuse, databaseUrl, disk.folder);
  } finally {
    disk.remove();
  }
};

const folder = mkdtempSync(join(tmpdir(), 'trialogue-bench-'));
tellSweeper('remove', folder);
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  log: pino({ level: 'warn' }),
  isInUse: isServerLocked,
});
console.log(lineOf(COLUMNS));
console.log(lineOf(COLUMNS.map(() => '---')));
try {
  for (const abuse of chosen) {
    const measure = abuse.name === 'full-disk' ? measureOnSmallDisk : measureOn;
    await measure(abuse, postgres.url).catch((error: unknown) => {
      process.exitCode = 1;
      console.error(`${abuse.name}: not measured`, error);
    });
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
process.exit();
