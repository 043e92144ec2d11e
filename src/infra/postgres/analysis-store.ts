// Stages, paid answers, transcripts and reports of the jobs in PostgreSQL. Revisions count from 1; none is ever changed.
import type { SpokenSegment } from '../../analysis/place-segments.ts';
import type { AnalysisStore, StageChange, StageError } from '../../jobs/ports.ts';
import type { StageAnswer } from '../../protocol/job-answers.ts';
import type { Report } from '../../protocol/report.ts';
import type { StageName } from '../../protocol/stages.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { jsonOf } from './json-column.ts';
import { stageOf } from './stage-row.ts';

const columnsOf = ({ error, ...columns }: StageChange) => ({
  ...columns,
  ...(error !== undefined && { error: error === null ? Prisma.DbNull : jsonOf(error) }),
});

/** Foreign key: the room, or the recording, was erased while it was worked on. */
const isGone = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';

const unlessGone = async (writing: Promise<unknown>): Promise<void> => {
  try {
    await writing;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};

const TRIES = 5;

/** Two workers may find the same next revision: the key decides, the loser takes the one after. */
const withNextRevision = async <Row>(
  latest: () => Promise<{ revision: number } | null>,
  add: (revision: number) => Promise<Row>,
): Promise<Row> => {
  for (let attempt = 1; ; attempt += 1) {
    const revision = ((await latest())?.revision ?? 0) + 1;
    try {
      return await add(revision);
    } catch (error) {
      const taken = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
      if (!taken || attempt === TRIES) throw error;
    }
  }
};

export const createAnalysisStore = (prisma: PrismaClient): AnalysisStore => ({
  async stages(roomId) {
    const rows = await prisma.stage.findMany({ where: { roomId } });
    return rows.map((row) => stageOf(row.stage as StageAnswer['stage'], row));
  },

  async changeStage(roomId: string, stage: StageName, change) {
    const columns = columnsOf(change);
    await unlessGone(
      prisma.stage.upsert({
        where: { roomId_stage: { roomId, stage } },
        create: { roomId, stage, ...columns },
        update: columns,
      }),
    );
  },

  async answer({ recordingId, digest, model }) {
    const row = await prisma.trackTranscript.findUnique({
      where: { recordingId_digest_model: { recordingId, digest, model } },
    });
    if (!row) return undefined;
    return { segments: row.segments as unknown as SpokenSegment[], ...(row.form !== null && { form: row.form }) };
  },

  async saveAnswer({ recordingId, digest, model }, { language, segments, form, at }) {
    const columns = { language, segments: jsonOf(segments), form, createdAt: at };
    await unlessGone(
      prisma.trackTranscript.upsert({
        where: { recordingId_digest_model: { recordingId, digest, model } },
        create: { recordingId, digest, model, ...columns },
        update: columns,
      }),
    );
  },

  async attempts(roomId, run) {
    const rows = await prisma.audioAttempt.findMany({ where: { run, recording: { roomId } } });
    return rows.map(({ recordingId, digest, model, attempts, fault }) => ({
      recordingId,
      digest,
      model,
      attempts,
      ...(fault !== null && { fault: fault as unknown as StageError }),
    }));
  },

  async beginAttempt({ recordingId, digest, model }, run) {
    const key = { recordingId, digest, model, run };
    await unlessGone(
      prisma.audioAttempt.upsert({
        where: { recordingId_digest_model_run: key },
        create: { ...key, attempts: 1 },
        update: { attempts: { increment: 1 } },
      }),
    );
  },

  async failAttempt({ recordingId, digest, model }, run, fault) {
    // Nothing to be changed when the recording is gone.
    await prisma.audioAttempt.updateMany({
      where: { recordingId, digest, model, run },
      data: { fault: jsonOf(fault) },
    });
  },

  async transcriptOfAudio(roomId, audioKey) {
    const row = await prisma.transcript.findFirst({
      where: { roomId, inputKey: { startsWith: `${audioKey}.` } },
      orderBy: { revision: 'desc' },
    });
    return row ? { transcript: row.content as unknown as Transcript, inputKey: row.inputKey } : undefined;
  },

  async transcriptOfInput(roomId, inputKey) {
    const row = await prisma.transcript.findFirst({ where: { roomId, inputKey }, orderBy: { revision: 'desc' } });
    return row ? (row.content as unknown as Transcript) : undefined;
  },

  async addTranscript(roomId, inputKey, make) {
    return withNextRevision(
      () =>
        prisma.transcript.findFirst({ where: { roomId }, orderBy: { revision: 'desc' }, select: { revision: true } }),
      async (revision) => {
        const transcript = make(revision);
        await prisma.transcript.create({
          data: { roomId, revision, inputKey, content: jsonOf(transcript), createdAt: transcript.createdAt },
        });
        return transcript;
      },
    );
  },

  async reportOfInput(roomId, inputKey) {
    const row = await prisma.report.findFirst({ where: { roomId, inputKey }, orderBy: { revision: 'desc' } });
    return row ? (row.content as unknown as Report) : undefined;
  },

  async addReport(roomId, inputKey, make) {
    return withNextRevision(
      () => prisma.report.findFirst({ where: { roomId }, orderBy: { revision: 'desc' }, select: { revision: true } }),
      async (revision) => {
        const report = make(revision);
        const { transcriptRevision, createdAt } = report;
        await prisma.report.create({
          data: { roomId, revision, transcriptRevision, inputKey, content: jsonOf(report), createdAt },
        });
        return report;
      },
    );
  },
});
