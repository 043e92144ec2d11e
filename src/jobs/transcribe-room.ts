// Stage `transcribe`: every take goes to the speech service once, the answers become one transcript on the room clock.
// The paid answer is kept before the next call, so that a killed worker repeats at most the call it was in.
import { createHash } from 'node:crypto';
import type { DebateFacts, Debater } from '../analysis/debate-facts.ts';
import { mediaClockOf } from '../analysis/media-clock.ts';
import { END_TOLERANCE_MS, mergeTracks, type SpokenSegment, type Track } from '../analysis/merge-transcript.ts';
import type { StudyContent } from '../protocol/study.ts';
import type { Transcript } from '../protocol/transcript.ts';
import type { BlobStore } from '../recordings/ports.ts';
import type { SpeechToText, StageError } from './ports.ts';
import type { StageTools } from './run-stage.ts';
import { ServiceFault } from './service-fault.ts';
import { readTakeAudio, type Take, type TakeAudio } from './take-audio.ts';

/** Raise it when the same answers would give another transcript. */
const MERGE_VERSION = 2;

export interface DebateInput {
  readonly roomId: string;
  readonly content: StudyContent;
  readonly facts: DebateFacts;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface TranscribeInput extends DebateInput {
  readonly takes: readonly Take[];
}

export interface TranscribedRoom {
  readonly transcript: Transcript;
  readonly inputKey: string;
}

/** A take of the sound check, or of somebody who left before the start, is nobody's business. */
const isOfDebate = (take: Take, input: DebateInput): boolean => {
  const first = take.chunks[0]?.startedAt ?? take.recording.startedAt;
  const last = take.recording.endedAt ?? take.chunks.at(-1)?.endedAt ?? first;
  const anyFlagged = take.chunks.some((chunk) => chunk.flagged);
  return anyFlagged || (first <= input.endedAt + END_TOLERANCE_MS && last >= input.startedAt);
};

/** Incomplete: a take that never completed, or a debater of a recorded study without any take. */
const isWhole = (input: TranscribeInput): boolean =>
  input.takes.every((take) => take.recording.completedAt !== undefined) &&
  (!input.content.settings.record ||
    input.facts.debaters.every((debater) => input.takes.some((take) => take.recording.participantId === debater.id)));

/** What the transcript of a debate depends on. `refused`: recordings that the service would not take. */
const transcriptKeyOf = (input: TranscribeInput, model: string, refused: readonly string[]): string => {
  const { content, startedAt, endedAt, takes } = input;
  const audio = takes.map(({ recording, chunks }) => [recording.id, chunks.map((chunk) => chunk.digest)]);
  const parts = [MERGE_VERSION, model, content.language, startedAt, endedAt, isWhole(input), audio, refused];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
};

interface Heard {
  readonly take: Take;
  readonly debater: Debater;
  /** Undefined: the service refused this audio for good. */
  readonly segments: readonly SpokenSegment[] | undefined;
}

export const createTranscribeRoom = (
  tools: Pick<StageTools, 'store' | 'clock' | 'metrics' | 'log'> & { readonly blobs: Pick<BlobStore, 'open'> },
) => {
  const { store, clock, metrics, log, blobs } = tools;

  const segmentsOf = async (
    take: Take,
    audio: TakeAudio,
    speech: SpeechToText,
    { language, signal }: { language: string; signal: AbortSignal },
  ): Promise<readonly SpokenSegment[]> => {
    const recordingId = take.recording.id;
    const kept = await store.segments(recordingId, audio.digest, speech.model);
    if (kept) return kept;
    const segments = await speech.transcribe({ ...audio, language }, signal);
    await store.saveSegments({
      recordingId,
      digest: audio.digest,
      model: speech.model,
      language,
      segments,
      at: clock.now(),
    });
    metrics.audioSeconds.inc(audio.durationMs / 1_000);
    return segments;
  };

  const transcriptOf = (input: TranscribeInput, heard: readonly Heard[], model: string) => {
    const { roomId, content, facts, startedAt, endedAt } = input;
    const refused = heard.filter((one) => one.segments === undefined).map((one) => one.take.recording.id);
    const status: Transcript['status'] = isWhole(input) && refused.length === 0 ? 'complete' : 'incomplete';
    const inputKey = transcriptKeyOf(input, model, refused);
    const tracks: Track[] = heard.map((one) => ({
      recordingId: one.take.recording.id,
      debater: one.debater,
      clock: mediaClockOf(one.take.recording.startedAt, one.take.chunks),
      segments: one.segments ?? [],
    }));
    const make = (revision: number): Transcript => ({
      roomId,
      revision,
      createdAt: Math.round(clock.now()),
      startedAt,
      endedAt,
      language: content.language,
      model,
      status,
      utterances: mergeTracks(tracks, { startedAt, endedAt }, facts.pageTurns),
    });
    return { inputKey, make };
  };

  /** The transcript that is there already for this input, if no track was refused. */
  const find = async (input: TranscribeInput, model: string): Promise<TranscribedRoom | undefined> => {
    const inputKey = transcriptKeyOf(input, model, []);
    const transcript = await store.transcriptOfInput(input.roomId, inputKey);
    return transcript && { transcript, inputKey };
  };

  const run = async (
    input: TranscribeInput,
    speech: SpeechToText,
    { signal, progressed }: { signal: AbortSignal; progressed: (progress: number) => Promise<void> },
  ): Promise<{ result: TranscribedRoom; note?: StageError }> => {
    const debaters = new Map(input.facts.debaters.map((debater) => [debater.id, debater]));
    const takes = input.takes.filter((take) => isOfDebate(take, input));
    const heard: Heard[] = [];
    let refusal: ServiceFault | undefined;
    for (const [index, take] of takes.entries()) {
      signal.throwIfAborted();
      const debater = debaters.get(take.recording.participantId);
      const audio = debater ? await readTakeAudio(take, blobs) : undefined;
      if (!debater || !audio) continue;
      try {
        const segments = await segmentsOf(take, audio, speech, { language: input.content.language, signal });
        heard.push({ take, debater, segments });
      } catch (error) {
        // One broken track does not take the others with it; a refusal of all of them is about something else.
        if (!(error instanceof ServiceFault) || error.kind !== 'rejected') throw error;
        log.warn({ roomId: input.roomId, recordingId: take.recording.id }, 'the speech service refused a track');
        heard.push({ take, debater, segments: undefined });
        refusal = new ServiceFault('rejected', `Recording ${take.recording.id}: ${error.message}`);
      }
      await progressed((index + 1) / takes.length);
    }
    if (refusal && heard.every((one) => one.segments === undefined)) throw refusal;
    const { inputKey, make } = transcriptOf(input, heard, speech.model);
    const transcript =
      (await store.transcriptOfInput(input.roomId, inputKey)) ??
      (await store.addTranscript(input.roomId, inputKey, make));
    return {
      result: { transcript, inputKey },
      ...(refusal ? { note: { code: refusal.kind, message: refusal.message } } : {}),
    };
  };

  return { find, run };
};
