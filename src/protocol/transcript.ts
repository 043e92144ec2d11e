// What the jobs make of a debate: one transcript of utterances with ids, and an account of every track. The report: report.ts.
import { z } from 'zod';
import { count, instant, optionalText, text } from './answer-fields.ts';
import { TRACK_NOTES, type TrackNoteCode } from './track-notes.ts';

const utteranceSchema = z
  .object({
    /** Stable within a revision: u1, u2, ... in order of start. */
    id: text,
    participantId: text,
    seat: count,
    nickname: text,
    recordingId: text,
    startsAt: instant,
    endsAt: instant,
    /** Ms since the start of the debate. */
    fromMs: z.number(),
    toMs: z.number(),
    /** The page that was shown when it began. */
    page: count,
    text,
    /**
     * Absent: its times are the speech service's own. `corrected`: those made no sense as they were and were brought into the
     * audio. `unknown`: it was said somewhere between the two instants.
     */
    timing: z.enum(['corrected', 'unknown']).exactOptional(),
  })
  .readonly();
export type Utterance = z.infer<typeof utteranceSchema>;

/** Words of the answers, between spaces: in the transcript, left out as silence, left out as not of the debate. */
const trackWordsSchema = z.object({ kept: count, silence: count, outside: count }).readonly();
export type TrackWords = z.infer<typeof trackWordsSchema>;

const trackNoteSchema = z
  .object({
    code: z.enum(Object.keys(TRACK_NOTES) as [TrackNoteCode]),
    /** English; what exactly went wrong, where there is more to say than the code does. */
    message: optionalText,
    /** Which part of the take it is about, ms in its media; absent: all of it. */
    fromMs: z.number().exactOptional(),
    toMs: z.number().exactOptional(),
  })
  .readonly();
export type TrackNote = z.infer<typeof trackNoteSchema>;

/** What became of one take, or of a debater who has none. */
const trackAccountSchema = z
  .object({
    participantId: text,
    seat: count,
    nickname: text,
    /** Absent: there is no take. */
    recordingId: optionalText,
    words: trackWordsSchema,
    /** Pieces in which the audio was sent, and how many of them were answered. */
    pieces: count,
    answered: count,
    /** In which form the service answered: what it is able to (`verbose_json`, `json`, `text`). */
    forms: z.array(text).readonly(),
    notes: z.array(trackNoteSchema).readonly(),
  })
  .readonly();
export type TrackAccount = z.infer<typeof trackAccountSchema>;

export const transcriptSchema = z
  .object({
    roomId: text,
    revision: count,
    createdAt: instant,
    startedAt: instant,
    endedAt: instant,
    language: text,
    model: text,
    /** `incomplete` when anything of a debater's voice may be missing: `tracks` tell what and why. */
    status: z.enum(['complete', 'incomplete']),
    utterances: z.array(utteranceSchema).readonly(),
    /** Absent in transcripts of former versions. */
    tracks: z.array(trackAccountSchema).readonly().exactOptional(),
  })
  .readonly();
export type Transcript = z.infer<typeof transcriptSchema>;
