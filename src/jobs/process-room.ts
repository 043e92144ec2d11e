// The job process_room: recordings -> transcribe -> analyse. Safe to repeat at any point; what is done is found and not done again.
import { createDebateFacts } from '../analysis/debate-facts.ts';
import type { StageName } from '../protocol/stages.ts';
import { placeTake } from '../recordings/place-take.ts';
import type { BlobStore, ChunkLedger } from '../recordings/ports.ts';
import { journalPages } from '../rooms/copies/journal-pages.ts';
import type { Journal } from '../rooms/ports.ts';
import { createAnalyseRoom } from './analyse-room.ts';
import type { DebateInput, TranscribeInput } from './debate-input.ts';
import type { Analyst, JobOutcome, RoomJob, SpeechToText } from './ports.ts';
import { runStage, type StageTools } from './run-stage.ts';
import { type Take, takeOf } from './take-audio.ts';
import { createTranscribeRoom } from './transcribe-room.ts';

export interface ProcessRoomOptions extends StageTools {
  readonly journal: Pick<Journal, 'definition' | 'commits'>;
  readonly ledger: Pick<ChunkLedger, 'recordingsOfRoom' | 'chunksOfRoom'>;
  readonly blobs: Pick<BlobStore, 'open'>;
  /** Undefined: no speech service is configured. */
  readonly speech: SpeechToText | undefined;
  /** Undefined: no language model is configured. */
  readonly analyst: Analyst | undefined;
}

const DONE: JobOutcome = { type: 'done' };

export const createProcessRoom = (options: ProcessRoomOptions) => {
  const { journal, ledger, store, clock, metrics, speech, analyst } = options;
  const transcription = createTranscribeRoom(options);
  const analysis = createAnalyseRoom(options);

  /** Undefined when there is no such room, or its debate is not over. */
  const readDebate = async (roomId: string): Promise<DebateInput | undefined> => {
    const definition = await journal.definition(roomId);
    if (!definition) return undefined;
    const builder = createDebateFacts();
    for await (const page of journalPages(journal, roomId)) builder.take(page);
    const facts = builder.facts();
    if (facts.endedAt === undefined) return undefined;
    // Ended before it started: nothing of it is debate.
    const startedAt = facts.startedAt ?? facts.endedAt;
    return { roomId, content: definition.content, facts, startedAt, endedAt: facts.endedAt };
  };

  const readTakes = async ({ roomId, content, facts }: DebateInput): Promise<Take[]> => {
    const span = { countdownMs: content.settings.countdownMs, startsAt: facts.startedAt, endedAt: facts.endedAt };
    const [recordings, chunks] = await Promise.all([ledger.recordingsOfRoom(roomId), ledger.chunksOfRoom(roomId)]);
    return recordings.map((recording) =>
      takeOf(recording, placeTake(recording, chunks.get(recording.id) ?? [], span).chunks),
    );
  };

  const settle = async (roomId: string, stage: StageName, state: 'waiting' | 'not_configured'): Promise<void> => {
    if (state === 'not_configured') metrics.stages.inc({ stage, result: state });
    await store.changeStage(roomId, stage, { state, progress: 0, attempts: 0, error: null, finishedAt: null });
  };

  /** Undefined when there is nothing to wait for; otherwise when to look again. */
  const awaitRecordings = async (debate: TranscribeInput): Promise<JobOutcome | undefined> => {
    const { roomId, takes } = debate;
    const complete = takes.filter(
      ({ recording }) => recording.completedAt !== undefined || debate.facts.removed.has(recording.participantId),
    ).length;
    const deadline = debate.endedAt + debate.content.settings.uploadTimeoutMs;
    const now = Math.round(clock.now());
    const progress = takes.length === 0 ? 1 : complete / takes.length;
    const startedAt = Math.round(debate.endedAt);
    if (complete < takes.length && now < deadline) {
      await store.changeStage(roomId, 'recordings', { state: 'waiting', progress, startedAt });
      await settle(roomId, 'transcribe', 'waiting');
      await settle(roomId, 'analyse', 'waiting');
      // The commit that completes the last recording asks for the next run; this one is for the case that it never comes.
      return { type: 'again', at: deadline, name: 'uploads_timed_out' };
    }
    await store.changeStage(roomId, 'recordings', { state: 'done', progress, startedAt, finishedAt: now });
    return undefined;
  };

  /** Every room is looked at again when its uploads have timed out: mostly there is nothing new, and its stages stay as they are. */
  const isUpToDate = async (input: TranscribeInput): Promise<boolean> => {
    if (!speech || !analyst) return false;
    const rows = await store.stages(input.roomId);
    if (rows.length < 3 || rows.some((row) => row.state !== 'done')) return false;
    const transcribed = await transcription.find(input, speech.model);
    return transcribed !== undefined && (await analysis.find({ ...input, transcribed }, analyst.model)) !== undefined;
  };

  return async ({ roomId, key }: RoomJob, signal: AbortSignal): Promise<JobOutcome> => {
    const debate = await readDebate(roomId);
    if (!debate) return DONE;
    const isRerun = key.includes(RERUN_MARK);
    const takes = await readTakes(debate);
    const input: TranscribeInput = { ...debate, takes };
    if (!isRerun && (await isUpToDate(input))) return DONE;
    const waiting = await awaitRecordings(input);
    if (waiting) return waiting;

    if (!speech) {
      await settle(roomId, 'transcribe', 'not_configured');
      await settle(roomId, 'analyse', analyst ? 'waiting' : 'not_configured');
      return DONE;
    }
    const transcribed = await runStage(options, {
      roomId,
      stage: 'transcribe',
      model: speech.model,
      signal,
      work: (progressed) => transcription.run(input, speech, { run: isRerun ? key : '', signal, progressed }),
    });
    if (!transcribed.ok) return transcribed.outcome;

    if (!analyst) {
      await settle(roomId, 'analyse', 'not_configured');
      return DONE;
    }
    const toAnalyse = { ...debate, transcribed: transcribed.result, ...(isRerun ? { rerun: key } : {}) };
    const analysed = await runStage(options, {
      roomId,
      stage: 'analyse',
      model: analyst.model,
      signal,
      work: async () => ({ type: 'done', result: await analysis.run(toAnalyse, analyst, signal) }),
    });
    return analysed.ok ? DONE : analysed.outcome;
  };
};

import { RERUN_MARK } from '../protocol/stages.ts';
