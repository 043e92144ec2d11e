// The transcript out of what was heard, with an account of each take: what is in it, what was left out, what is missing and why.
// It is complete only if nothing of a debater's voice may be missing [JB21].
import type { Debater } from '../analysis/debate-facts.ts';
import { mediaClockOf } from '../analysis/media-clock.ts';
import { mergeTracks } from '../analysis/merge-transcript.ts';
import type { TrackAccount, TrackNote, TrackWords, Transcript } from '../protocol/transcript.ts';
import type { TranscribeInput } from './debate-input.ts';
import type { HeardTake } from './hear-take.ts';
import type { Take } from './take-audio.ts';

const NO_WORDS: TrackWords = { kept: 0, silence: 0, outside: 0 };

const holdsAudio = (take: Take): boolean => take.chunks.some((chunk) => chunk.bytes > 0);

const notesOf = (take: Take, heard: HeardTake | undefined, closed: TrackNote | undefined): TrackNote[] => {
  const notes: TrackNote[] = [];
  if (take.recording.completedAt === undefined) notes.push({ code: 'upload_incomplete' });
  if (!holdsAudio(take)) notes.push({ code: 'no_audio' });
  return heard ? [...notes, ...heard.notes] : [...notes, closed ?? { code: 'outside_debate' }];
};

/** A take outside of the debate is said, but nothing of the debate is missing for it. */
const tellsOfLoss = (note: TrackNote): boolean => note.code !== 'outside_debate';

export const composeTranscript = (
  input: TranscribeInput,
  heard: readonly HeardTake[],
  model: string,
): Omit<Transcript, 'revision' | 'createdAt'> => {
  const { roomId, content, facts, startedAt, endedAt } = input;
  const heardOf = new Map(heard.map((one) => [one.take.recording.id, one]));
  const debaterOf = new Map(facts.debaters.map((debater) => [debater.id, debater]));
  const tracks = heard.flatMap((one) => {
    const debater = debaterOf.get(one.take.recording.participantId);
    const clock = mediaClockOf(one.take.recording.startedAt, one.take.chunks);
    return debater ? [{ recordingId: one.take.recording.id, debater, clock, segments: one.segments }] : [];
  });
  const { utterances, words } = mergeTracks(tracks, { startedAt, endedAt }, facts.pageTurns);
  // The service closed its door in the middle: whoever was not asked is missing for the same reason.
  const stop = heard.find((one) => one.isStopped)?.notes.at(-1);
  const closed = stop && { code: stop.code, ...(stop.message !== undefined && { message: stop.message }) };

  const accountOf = (debater: Debater, take: Take, isWordless: boolean): TrackAccount => {
    const recordingId = take.recording.id;
    const one = heardOf.get(recordingId);
    const notes = notesOf(take, one, closed);
    if (isWordless && holdsAudio(take) && !notes.some(tellsOfLoss)) notes.push({ code: 'no_words' });
    return {
      participantId: debater.id,
      seat: debater.seat,
      nickname: debater.nickname,
      recordingId,
      words: words.get(recordingId) ?? NO_WORDS,
      pieces: one?.pieces ?? 0,
      answered: one?.answered ?? 0,
      forms: one?.forms ?? [],
      notes,
    };
  };
  const accounts = facts.debaters.flatMap((debater): TrackAccount[] => {
    const { id: participantId, seat, nickname } = debater;
    const takes = input.takes.filter((take) => take.recording.participantId === participantId);
    if (takes.length === 0) {
      if (!content.settings.record) return [];
      const nothing = { words: NO_WORDS, pieces: 0, answered: 0, forms: [] };
      return [{ participantId, seat, nickname, ...nothing, notes: [{ code: 'no_take' }] }];
    }
    const isWordless = !utterances.some((utterance) => utterance.participantId === participantId);
    return takes.map((take) => accountOf(debater, take, isWordless));
  });
  const isWhole = accounts.every((account) => !account.notes.some(tellsOfLoss));
  return {
    roomId,
    startedAt,
    endedAt,
    language: content.language,
    model,
    status: isWhole ? 'complete' : 'incomplete',
    utterances,
    tracks: accounts,
  };
};
