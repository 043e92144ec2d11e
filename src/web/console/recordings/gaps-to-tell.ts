// Which gaps of a voice the console shows while the debate runs: the newest part is always still on its way, and no gap yet; but a
// voice of which nothing has come for a while is missing, and is shown while something can be done about it.
import type { CoverageGap } from '../../../protocol/recording-answers.ts';

/** The end of what was looked at is older than the picture of it. */
const LOOKED_AT_WITHIN_MS = 1_000;
/** A chunk is cut every two seconds and then uploaded; a page that reloads needs some more. */
const ON_ITS_WAY_MS = 10_000;

export const gapsToTell = (gaps: readonly CoverageGap[], now: number): CoverageGap[] =>
  gaps.filter(({ from, to }) => to < now - LOOKED_AT_WITHIN_MS || to - from > ON_ITS_WAY_MS);
