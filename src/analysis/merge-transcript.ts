// One transcript out of everybody's tracks: on the room clock, in order of start, without what Whisper hears in silence.
import type { Utterance } from '../protocol/transcript.ts';
import { type DebateFacts, type Debater, pageAt } from './debate-facts.ts';
import type { MediaClock } from './media-clock.ts';

/** What the speech service says of one stretch of a track. */
export interface SpokenSegment {
  /** Seconds from the start of the audio that was sent. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** 0 to 1; absent where the service does not tell. */
  readonly noSpeechProb?: number;
  readonly avgLogprob?: number;
}

export interface Track {
  readonly recordingId: string;
  readonly debater: Debater;
  readonly clock: MediaClock;
  readonly segments: readonly SpokenSegment[];
}

/** Words that end this long after the end of the debate still belong to it: people finish their sentence. */
export const END_TOLERANCE_MS = 500;

/** Whisper's own rule: probably no speech, and the words were guessed. */
const SILENCE_NO_SPEECH_PROB = 0.6;
const GUESSED_AVG_LOGPROB = -1;
/** Above this it is silence, however sure the words sound: invented sentences are often fluent. */
const SURE_SILENCE_NO_SPEECH_PROB = 0.8;

export const isSilence = (segment: SpokenSegment): boolean => {
  if (segment.text.trim() === '') return true;
  const noSpeech = segment.noSpeechProb ?? 0;
  if (noSpeech >= SURE_SILENCE_NO_SPEECH_PROB) return true;
  return noSpeech > SILENCE_NO_SPEECH_PROB && (segment.avgLogprob ?? 0) < GUESSED_AVG_LOGPROB;
};

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A segment belongs to the debate when its middle does: segments cannot be cut into words. */
const utteranceOf = (track: Track, segment: SpokenSegment, span: Span): Omit<Utterance, 'id' | 'page'> | undefined => {
  const starts = track.clock(segment.from * 1_000);
  const ends = Math.max(starts, track.clock(segment.to * 1_000));
  const middle = (starts + ends) / 2;
  const lastInstant = span.endedAt + END_TOLERANCE_MS;
  if (middle < span.startedAt || middle > lastInstant) return undefined;
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
  };
};

/** Ids u1, u2, ... in order of start; the same tracks always give the same ids. */
export const mergeTracks = (
  tracks: readonly Track[],
  span: Span,
  pageTurns: DebateFacts['pageTurns'],
): readonly Utterance[] =>
  tracks
    .flatMap((track) =>
      track.segments
        .filter((segment) => !isSilence(segment))
        .map((segment) => utteranceOf(track, segment, span))
        .filter((utterance) => utterance !== undefined),
    )
    .sort((one, other) => one.startsAt - other.startsAt || one.seat - other.seat || one.endsAt - other.endsAt)
    .map((utterance, index) => ({
      id: `u${index + 1}`,
      ...utterance,
      page: pageAt(pageTurns, utterance.startsAt),
    }));
