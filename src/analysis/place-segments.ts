// Where the words of an answer lie in the audio that was sent. Services tell times in other units, beyond the audio, in odd order
// or not at all: no word is lost for that, it is placed as well as can be, and marked [JB22].

/** What the speech service says of one stretch of a track. */
export interface SpokenSegment {
  /** Seconds from the start of the audio that was sent; absent where nothing usable was told. */
  readonly from?: number;
  readonly to?: number;
  readonly text: string;
  /** 0 to 1; absent where the service does not tell. */
  readonly noSpeechProb?: number;
  readonly avgLogprob?: number;
}

/** `told`: as the service said. `corrected`: brought into the audio. `unknown`: somewhere between its two instants. */
export type Timing = 'told' | 'corrected' | 'unknown';

export interface PlacedSegment {
  readonly fromMs: number;
  readonly toMs: number;
  readonly timing: Timing;
  readonly text: string;
  readonly noSpeechProb?: number;
  readonly avgLogprob?: number;
}

/** Divisors to seconds; the first that fits best is taken. */
const UNITS = [1, 1e3, 1e6, 1e9];
/** Whisper works in windows of 30 s and may tell the end of one instead of the end of the audio. */
const WINDOW_S = 30;
/** Ends of segments and of media are known no better. */
const SLACK_S = 0.5;
/** Letters a second: nobody speaks faster, and no segment beyond a window is as empty as the lower one. */
const FASTEST = 60;
const SLOWEST = 0.05;

const lettersOf = (text: string): number => text.replace(/\s/g, '').length;

const isTime = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value >= 0;

/** How many segments make sense if their times are in this unit. */
const fitOf = (segments: readonly SpokenSegment[], unit: number, lengthS: number): number =>
  segments.filter(({ from, to, text }) => {
    if (!isTime(from) || !isTime(to)) return false;
    const [start, end] = [from / unit, to / unit];
    if (start > lengthS + SLACK_S || end > lengthS + WINDOW_S) return false;
    const seconds = Math.max(Math.min(end, lengthS) - start, 0);
    const letters = lettersOf(text);
    return (
      letters === 0 ||
      (letters <= FASTEST * (seconds + (unit === 1 ? SLACK_S : 0)) && letters >= SLOWEST * (seconds - WINDOW_S))
    );
  }).length;

/** Undefined: no unit makes sense of them. */
const unitOf = (segments: readonly SpokenSegment[], lengthS: number): number | undefined => {
  const timed = segments.filter(({ from, to }) => isTime(from) && isTime(to)).length;
  let best: { unit: number; fit: number } | undefined;
  for (const unit of UNITS) {
    const fit = fitOf(segments, unit, lengthS);
    if (fit > (best?.fit ?? 0)) best = { unit, fit };
  }
  // Most of what is timed has to make sense; where nothing is timed the unit does not matter.
  if (timed === 0) return 1;
  return best && best.fit * 2 >= timed ? best.unit : undefined;
};

const rest = ({ text, noSpeechProb, avgLogprob }: SpokenSegment) => ({
  text,
  ...(noSpeechProb === undefined ? {} : { noSpeechProb }),
  ...(avgLogprob === undefined ? {} : { avgLogprob }),
});

/** `durationMs` of the audio that was sent, 0 when it is not known: then times are taken as they were told. */
export const placeSegments = (segments: readonly SpokenSegment[], durationMs: number): readonly PlacedSegment[] => {
  const lengthS = durationMs > 0 ? durationMs / 1_000 : Number.POSITIVE_INFINITY;
  const unit = durationMs > 0 ? unitOf(segments, lengthS) : 1;
  const timeOf = (value: number | undefined): number | undefined => {
    if (!isTime(value) || unit === undefined) return undefined;
    const seconds = value / unit;
    return seconds > lengthS + WINDOW_S ? undefined : seconds;
  };
  const startOf = (index: number): number | undefined => timeOf(segments[index]?.from);
  let previousEnd = 0;
  return segments.map((segment, index) => {
    const [start, end] = [timeOf(segment.from), timeOf(segment.to)];
    const isSwapped = start !== undefined && end !== undefined && end < start;
    const told = isSwapped ? { from: end, to: start } : { from: start, to: end };
    const isUnknown = told.from === undefined || told.from > lengthS + SLACK_S;
    const fallbackFrom = Math.min(unit === undefined ? 0 : previousEnd, lengthS);
    const from = isUnknown ? fallbackFrom : Math.min(told.from ?? 0, lengthS);
    const wanted = (isUnknown ? undefined : told.to) ?? startOf(index + 1) ?? lengthS;
    const to = Math.max(from, Math.min(wanted, lengthS));
    const isKept = unit === 1 && !isSwapped && told.to !== undefined && told.to <= lengthS + SLACK_S;
    const finite = Number.isFinite(to) ? to : from;
    previousEnd = Math.max(previousEnd, finite);
    const timing: Timing = isUnknown ? 'unknown' : isKept ? 'told' : 'corrected';
    return { fromMs: from * 1_000, toMs: finite * 1_000, timing, ...rest(segment) };
  });
};
