// What a speech service answered, read as leniently as can be per field and segment, strictly as a whole: it counts only if words
// were answered, `text` or `segments`; absence is not silence [JB24].
import type { SpokenSegment } from '../../analysis/place-segments.ts';

/** jsonb refuses both. */
const storableOf = (text: string): string => text.replaceAll('\0', '').toWellFormed();

const CLOCK = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,9})?)$/;

/** A number, one in quotes, or `00:01:02.500`; undefined for everything else. */
const timeOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const clock = CLOCK.exec(value.trim());
  if (clock) {
    const [, hours = '0', minutes = '0', seconds = '0'] = clock;
    return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'));
  }
  const number = Number(value.trim().replace(/s$/, ''));
  return Number.isFinite(number) ? number : undefined;
};

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const segmentOf = (value: unknown): SpokenSegment => {
  const fields: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const from = timeOf(fields.start);
  const to = timeOf(fields.end);
  const noSpeechProb = numberOf(fields.no_speech_prob);
  const avgLogprob = numberOf(fields.avg_logprob);
  return {
    text: typeof fields.text === 'string' ? storableOf(fields.text) : '',
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(noSpeechProb !== undefined && { noSpeechProb }),
    ...(avgLogprob !== undefined && { avgLogprob }),
  };
};

const hasText = (segment: unknown): boolean =>
  typeof segment === 'object' && segment !== null && typeof (segment as Record<string, unknown>).text === 'string';

const lettersOf = (text: string): number => text.replace(/\s/g, '').length;

/**
 * Words that are in the whole and in no segment are put between the segments where they stand in it. Where the two do not fit
 * together, the one with more words is believed.
 */
const withLostWords = (segments: readonly SpokenSegment[], whole: string): readonly SpokenSegment[] => {
  const spoken = segments.filter((segment) => segment.text.trim() !== '');
  const letters = spoken.reduce((sum, segment) => sum + lettersOf(segment.text), 0);
  if (lettersOf(whole) <= letters) return spoken;
  const completed: SpokenSegment[] = [];
  let at = 0;
  for (const segment of spoken) {
    const found = whole.indexOf(segment.text.trim(), at);
    if (found < 0) return [{ text: whole }];
    if (lettersOf(whole.slice(at, found)) > 0) completed.push({ text: whole.slice(at, found).trim() });
    completed.push(segment);
    at = found + segment.text.trim().length;
  }
  if (lettersOf(whole.slice(at)) > 0) completed.push({ text: whole.slice(at).trim() });
  return completed;
};

/** Undefined: it is no answer to what was asked. */
export const segmentsOf = (json: unknown): readonly SpokenSegment[] | undefined => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { text, segments, error } = json as Record<string, unknown>;
  const whole = typeof text === 'string' ? storableOf(text) : undefined;
  const isList = Array.isArray(segments);
  const list: readonly unknown[] = isList ? segments : [];
  // Segments that name their words otherwise are no silence either.
  if (whole === undefined && (!isList || (list.length > 0 && !list.some(hasText)))) return undefined;
  const heard = withLostWords(list.map(segmentOf), whole ?? '');
  // An error beside empty words is an error; beside words it is none.
  const isError = error !== undefined && error !== null && error !== false && error !== '';
  return heard.length === 0 && isError ? undefined : heard;
};

/** Of a plain text; undefined when it is a page that somebody in between has sent. */
export const segmentsOfText = (text: string): readonly SpokenSegment[] | undefined => {
  if (/^\s*<(?:!doctype|html)/i.test(text)) return undefined;
  return text.trim() === '' ? [] : [{ text: storableOf(text.trim()) }];
};
