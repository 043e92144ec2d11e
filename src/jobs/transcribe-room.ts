// Stage `transcribe`: every take goes to the speech service once, the answers become one transcript on the room clock, with an
// account of each take. The paid answer is kept before the next call, so that a killed worker repeats at most the call it was in.
import { createHash } from 'node:crypto';
import { END_TOLERANCE_MS } from '../analysis/merge-transcript.ts';
import type { Transcript } from '../protocol/transcript.ts';
import type { BlobStore } from '../recordings/ports.ts';
import { composeTranscript } from './account-for-tracks.ts';
import { createAskSpeech } from './ask-speech.ts';
import type { DebateInput, TranscribeInput } from './debate-input.ts';
import { type HeardTake, hearTake } from './hear-take.ts';
import type { SpeechToText, StageError } from './ports.ts';
import type { StageTools, WorkOutcome } from './run-stage.ts';
import type { Take } from './take-audio.ts';

/** Raise it when the same answers would give another transcript. */
const MERGE_VERSION = 4;

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

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** What was there to be transcribed: recordings, chunks, and who has finished. */
const audioKeyOf = ({ content, facts, startedAt, endedAt, takes }: TranscribeInput, model: string): string => {
  const audio = takes.map(({ recording, chunks }) => [
    recording.id,
    recording.completedAt !== undefined,
    chunks.map((chunk) => chunk.digest),
  ]);
  const debaters = facts.debaters.map((debater) => debater.id);
  return digestOf([
    MERGE_VERSION,
    model,
    content.language,
    content.settings.record,
    startedAt,
    endedAt,
    debaters,
    audio,
  ]);
};

export interface TranscribeRun {
  /** Of the run that a person asked for; '' for the automatic one. */
  readonly run: string;
  readonly signal: AbortSignal;
  readonly progressed: (progress: number) => Promise<void>;
}

export const createTranscribeRoom = (tools: StageTools & { readonly blobs: Pick<BlobStore, 'open'> }) => {
  const { store, clock, blobs } = tools;

  /** The complete transcript that is there already of this audio. */
  const find = async (input: TranscribeInput, model: string): Promise<TranscribedRoom | undefined> => {
    const found = await store.transcriptOfAudio(input.roomId, audioKeyOf(input, model));
    return found?.transcript.status === 'complete' ? found : undefined;
  };

  const hearAll = async (input: TranscribeInput, speech: SpeechToText, { run, signal, progressed }: TranscribeRun) => {
    const { roomId, content, facts } = input;
    const asking = await createAskSpeech(tools, roomId, { speech, language: content.language, run, signal });
    const debaters = new Set(facts.debaters.map((debater) => debater.id));
    // Who failed so far comes last: a take at which the service breaks keeps no other from being asked.
    const takes = input.takes
      .filter((take) => debaters.has(take.recording.participantId) && isOfDebate(take, input))
      .sort((one, other) => asking.attemptsOf(one.recording.id) - asking.attemptsOf(other.recording.id));
    const heard: HeardTake[] = [];
    for (const [index, take] of takes.entries()) {
      signal.throwIfAborted();
      const one = await hearTake(take, asking, blobs);
      heard.push(one);
      await progressed((index + 1) / takes.length);
      if (one.isStopped) break;
    }
    return heard;
  };

  const run = async (
    input: TranscribeInput,
    speech: SpeechToText,
    options: TranscribeRun,
  ): Promise<WorkOutcome<TranscribedRoom>> => {
    const heard = await hearAll(input, speech, options);
    const [next] = heard.flatMap((one) => one.later).sort((one, other) => one.at - other.at);
    if (next) {
      // When the service itself is away nobody is asked before it is back.
      const away = heard.flatMap((one) => one.later).find((one) => one.isAway);
      const { at, attempts, error } = away ?? next;
      return { type: 'later', at, attempts, error };
    }
    const faults: readonly StageError[] = heard.flatMap((one) => one.faults);
    const [fault] = faults;
    if (fault && heard.every((one) => one.answered === 0)) return { type: 'failed', error: fault };

    const content = composeTranscript(input, heard, speech.model);
    const inputKey = `${audioKeyOf(input, speech.model)}.${digestOf(content)}`;
    const transcript =
      (await store.transcriptOfInput(input.roomId, inputKey)) ??
      (await store.addTranscript(input.roomId, inputKey, (revision) => ({
        ...content,
        revision,
        createdAt: Math.round(clock.now()),
      })));
    const result = { transcript, inputKey };
    if (!fault) return { type: 'done', result };
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more: see the transcript's tracks)` : '';
    const message = `Recording ${fault.recordingId}: ${fault.message}${more}`;
    return { type: 'done', result, note: { ...fault, message } };
  };

  return { find, run };
};
