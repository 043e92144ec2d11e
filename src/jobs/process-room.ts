// The job process_room: recordings -> transcribe -> analyse. Safe to repeat at any point; what is done is found and not done again.
import { debateFactsOf } from '../analysis/debate-facts.ts';
import type { BlobStore, ChunkLedger } from '../recordings/ports.ts';
import type { Journal } from '../rooms/ports.ts';
import { createAnalyseRoom } from './analyse-room.ts';
import type { Analyst, JobOutcome, RoomJob, SpeechToText, StageName } from './ports.ts';
import { runStage, type StageTools } from './run-stage.ts';
import { type Take, takeOf } from './take-audio.ts';
import { createTranscribeRoom, type DebateInput } from './transcribe-room.ts';

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

/** Part of the key of an outbox row by which somebody asked for a new report. */
const RERUN_MARK = ':rerun:';

export const createProcessRoom = (options: ProcessRoomOptions) => {
  const { journal, ledger, store, clock, metrics, speech, analyst } = options;
  const transcribeRoom = createTranscribeRoom(options);
  const analyseRoom = createAnalyseRoom(options);

  /** Undefined when there is no such room, or its debate is not over. */
  const readDebate = async (roomId: string): Promise<DebateInput | undefined> => {
    const definition = await journal.definition(roomId);
    if (!definition) return undefined;
    const facts = debateFactsOf(await journal.commits(roomId, 0));
    if (facts.endedAt === undefined) return undefined;
    // Ended before it started: nothing of it is debate.
    const startedAt = facts.startedAt ?? facts.endedAt;
    return { roomId, content: definition.content, facts, startedAt, endedAt: facts.endedAt };
  };

  const readTakes = async (roomId: string): Promise<Take[]> => {
    const [recordings, chunks] = await Promise.all([ledger.recordingsOfRoom(roomId), ledger.chunksOfRoom(roomId)]);
    return recordings.map((recording) => takeOf(recording, chunks.get(recording.id) ?? []));
  };

  const settle = async (roomId: string, stage: StageName, state: 'waiting' | 'not_configured'): Promise<void> => {
    if (state === 'not_configured') metrics.stages.inc({ stage, result: state });
    await store.changeStage(roomId, stage, { state, progress: 0, error: null, finishedAt: null });
  };

  /** The recordings, or when to look again. */
  const awaitRecordings = async (debate: DebateInput): Promise<{ takes: Take[] } | { again: JobOutcome }> => {
    const { roomId } = debate;
    const takes = await readTakes(roomId);
    const complete = takes.filter((take) => take.recording.completedAt !== undefined).length;
    const deadline = debate.endedAt + debate.content.settings.uploadTimeoutMs;
    const now = clock.now();
    const progress = takes.length === 0 ? 1 : complete / takes.length;
    const startedAt = debate.endedAt;
    if (complete < takes.length && now < deadline) {
      await store.changeStage(roomId, 'recordings', { state: 'waiting', progress, startedAt });
      await settle(roomId, 'transcribe', 'waiting');
      await settle(roomId, 'analyse', 'waiting');
      // The commit that completes the last recording asks for the next run; this one is for the case that it never comes.
      return { again: { type: 'again', at: deadline, name: 'uploads_timed_out' } };
    }
    await store.changeStage(roomId, 'recordings', { state: 'done', progress, startedAt, finishedAt: now });
    return { takes };
  };

  return async ({ roomId, key }: RoomJob, signal: AbortSignal): Promise<JobOutcome> => {
    const debate = await readDebate(roomId);
    if (!debate) return DONE;
    const recordings = await awaitRecordings(debate);
    if ('again' in recordings) return recordings.again;

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
      work: (progressed) => transcribeRoom({ ...debate, takes: recordings.takes }, speech, { signal, progressed }),
    });
    if (!transcribed.ok) return transcribed.outcome;

    if (!analyst) {
      await settle(roomId, 'analyse', 'not_configured');
      return DONE;
    }
    const input = { ...debate, transcribed: transcribed.result, ...(key.includes(RERUN_MARK) ? { rerun: key } : {}) };
    const analysed = await runStage(options, {
      roomId,
      stage: 'analyse',
      model: analyst.model,
      signal,
      work: async () => ({ result: await analyseRoom(input, analyst, signal) }),
    });
    return analysed.ok ? DONE : analysed.outcome;
  };
};
