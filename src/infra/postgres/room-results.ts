// What the jobs have written about a room, read for the API; and the one thing the API asks of them, as an outbox row.
import { randomUUID } from 'node:crypto';
import type { StageAnswer } from '../../protocol/rest.ts';
import type { Report, Transcript } from '../../protocol/transcript.ts';
import type { RoomResults } from '../../studies/ports.ts';
import type { PrismaClient, Stage } from './generated/client.ts';

const STAGES = ['recordings', 'transcribe', 'analyse'] as const;

const stageOf = (stage: StageAnswer['stage'], row: Stage | undefined): StageAnswer =>
  row
    ? {
        stage,
        state: row.state as StageAnswer['state'],
        progress: row.progress,
        attempts: row.attempts,
        ...(row.error !== null && { error: row.error as unknown as NonNullable<StageAnswer['error']> }),
        ...(row.model !== null && { model: row.model }),
        ...(row.startedAt !== null && { startedAt: row.startedAt }),
        ...(row.finishedAt !== null && { finishedAt: row.finishedAt }),
      }
    : { stage, state: 'waiting', progress: 0, attempts: 0 };

interface RoomResultsOptions {
  readonly prisma: PrismaClient;
  /** Room clock. */
  readonly now: () => number;
}

export const createRoomResults = ({ prisma, now }: RoomResultsOptions): RoomResults => ({
  async stages(roomId) {
    const rows = await prisma.stage.findMany({ where: { roomId } });
    return STAGES.map((stage) =>
      stageOf(
        stage,
        rows.find((row) => row.stage === stage),
      ),
    );
  },

  async transcript(roomId) {
    const row = await prisma.transcript.findFirst({ where: { roomId }, orderBy: { revision: 'desc' } });
    return row ? (row.content as unknown as Transcript) : undefined;
  },

  async report(roomId) {
    const row = await prisma.report.findFirst({ where: { roomId }, orderBy: { revision: 'desc' } });
    return row ? (row.content as unknown as Report) : undefined;
  },

  async requestAnalysis(roomId) {
    await prisma.outbox.create({
      data: { roomId, job: 'process_room', key: `${roomId}:rerun:${randomUUID()}`, notBefore: now() },
    });
  },
});
