// npm run bench:skew [-- turns]
// Three clients of our SDK, each behind a path of its own: how far apart they show the start and each page, on the clock of this
// machine. Beside it, of the same turns: how far apart the news of them came in, which is when a server that only broadcasts would
// have shown them; and how late a plain timer of this process runs.

import { summaryOf } from '../processes/percentiles.ts';
import { measureSkew, PATHS } from './skew-rooms.ts';

const [turnsArgument = '40'] = process.argv.slice(2);

const textOf = (samples: readonly number[]): string => {
  const { p50, p95, max } = summaryOf(samples);
  return [p50, p95, max].map((ms) => ms.toFixed(1)).join(' / ');
};

const rows: Record<string, string>[] = [];
for (const [name, paths] of Object.entries(PATHS)) {
  const { startMs, pagesMs, newsMs, timersMs, leadsMs } = await measureSkew(paths, Number(turnsArgument));
  console.log(`${name}: measured`);
  rows.push({
    paths: name,
    'start ms': startMs.toFixed(1),
    'pages p50 / p95 / max': textOf(pagesMs),
    'naive broadcast': textOf(newsMs),
    'plain timer late': textOf(timersMs),
    'lead p50': summaryOf(leadsMs).p50.toFixed(0),
  });
}
console.table(rows);
process.exit(0);
