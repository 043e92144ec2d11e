// Three clients of our SDK behind paths of different lengths show start and pages together. `npm run bench:skew` has the figures;
// here the limits rest on what the same machine adds to plain timers in the same run.
import { expect, it } from 'vitest';
import { measureSkew, PATHS } from '../../bench/skew-rooms.ts';
import { summaryOf } from '../../processes/percentiles.ts';

const TURNS = 8;
/** Without a lead that fits, or with a naive broadcast, the last of 5, 60 and 150 ms is 40 to 145 ms behind. */
const LIMIT_MS = 20;

it.each([
  ['5, 60, 150 ms one way', 0],
  ['the same, jitter 10, 20, 40 ms', 0],
  // Half of what differs between there and back can be seen from neither end.
  ['5, 60, and 20 up 120 down', 50],
])(
  '[CK2] pages are shown together over paths of %s',
  async (name, hiddenMs) => {
    const { pagesMs, timersMs, newsMs, leadsMs } = await measureSkew(PATHS[name] ?? [], TURNS);
    const [pages, news] = [summaryOf(pagesMs), summaryOf(newsMs)];
    const told = `pages ${pagesMs.map(Math.round)}, news ${newsMs.map(Math.round)}, timers ${timersMs.map(Math.round)}, leads ${leadsMs.map(Math.round)}`;
    expect(Math.abs(pages.p50 - hiddenMs), told).toBeLessThanOrEqual(LIMIT_MS + 2 * summaryOf(timersMs).max);
    expect(news.count, told).toBe(TURNS);
  },
  120_000,
);
