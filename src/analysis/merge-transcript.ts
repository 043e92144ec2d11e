// One transcript out of everybody's tracks: on the room clock, in order of start, without what Whisper hears in silence. Each word
// of the answers is in it or counted among those left out.
import type { TrackWords, Utterance } from '../protocol/transcript.ts';
import { type DebateFacts, type Debater, pageAt } from './debate-facts.ts';
import type { MediaClock } from './media-clock.ts';
import type { PlacedSegment } from './place-segments.ts';

export interface Track {
  readonly recordingId: string;
  readonly debater: Debater;
  readonly clock: MediaClock;
  /** In the media of the take. */
  readonly segments: readonly PlacedSegment[];
}

/** Words that end this long after the end of the debate still belong to it: people finish their sentence. */
export const END_TOLERANCE_MS = 500;

/** Whisper's own rule: probably no speech, and the words were guessed. */
const SILENCE_NO_SPEECH_PROB = 0.6;
const GUESSED_AVG_LOGPROB = -1;
/** Above this it is silence, however sure the words sound: invented sentences are often fluent. */
const SURE_SILENCE_NO_SPEECH_PROB = 0.8;

export const isSilence = (segment: Pick<PlacedSegment, 'text' | 'noSpeechProb' | 'avgLogprob'>): boolean => {
  if (segment.text.trim() === '') return true;
  const noSpeech = segment.noSpeechProb ?? 0;
  if (noSpeech >= SURE_SILENCE_NO_SPEECH_PROB) return true;
  return noSpeech > SILENCE_NO_SPEECH_PROB && (segment.avgLogprob ?? 0) < GUESSED_AVG_LOGPROB;
};

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Between spaces, as they are written in the language: in Korean these are eojeol. */
const wordsOf = (text: string): number => text.split(/\s/).filter((word) => word !== '').length;

/**
 * A segment belongs to the debate when its middle does: segments cannot be cut into words. One that lies only somewhere between
 * its two instants belongs to it when any of it may.
 */
const utteranceOf = (track: Track, segment: PlacedSegment, span: Span): Omit<Utterance, 'id' | 'page'> | undefined => {
  const starts = track.clock(segment.fromMs);
  const ends = Math.max(starts, track.clock(segment.toMs));
  const lastInstant = span.endedAt + END_TOLERANCE_MS;
  const [first, last] = segment.timing === 'unknown' ? [ends, starts] : [(starts + ends) / 2, (starts + ends) / 2];
  if (first < span.startedAt || last > lastInstant) return undefined;
  const startsAt = Math.round(Math.max(starts, span.startedAt));
  const endsAt = Math.round(Math.min(ends, lastInstant));
  return {
    participantId: track.debater.id,
    seat: track.debater.seat,
    nickname: track.debater.nickname,
    recordingId: track.recordingId,
    startsAt,
    endsAt,
    fromMs: Math.round(startsAt - span.startedAt),
    toMs: Math.round(endsAt - span.startedAt),
    text: segment.text.trim(),
    ...(segment.timing === 'told' ? {} : { timing: segment.timing }),
  };
};

export interface MergedTracks {
  readonly utterances: readonly Utterance[];
  /** By recording. */
  readonly words: ReadonlyMap<string, TrackWords>;
}

/** Ids u1, u2, ... in order of start; the same tracks always give the same ids. */
export const mergeTracks = (
  tracks: readonly Track[],
  span: Span,
  pageTurns: DebateFacts['pageTurns'],
): MergedTracks => {
  const words = new Map<string, TrackWords>();
  const found: Omit<Utterance, 'id' | 'page'>[] = [];
  for (const track of tracks) {
    const count = { kept: 0, silence: 0, outside: 0 };
    for (const segment of track.segments) {
      const utterance = isSilence(segment) ? undefined : utteranceOf(track, segment, span);
      const kind = utterance ? 'kept' : isSilence(segment) ? 'silence' : 'outside';
      count[kind] += wordsOf(segment.text);
      if (utterance) found.push(utterance);
    }
    words.set(track.recordingId, count);
  }
  const utterances = found
    .sort((one, other) => one.startsAt - other.startsAt || one.seat - other.seat || one.endsAt - other.endsAt)
    .map((utterance, index) => ({
      id: `u${index + 1}`,
      ...utterance,
      page: pageAt(pageTurns, utterance.startsAt),
    }));
  return { utterances, words };
};
