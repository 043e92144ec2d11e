// What the jobs have written about a room, read for the API; and the one thing the API asks of them, as an outbox row.
import { randomUUID } from 'node:crypto';
import type { Report } from '../../protocol/report.ts';
import { RERUN_MARK, STAGE_NAMES } from '../../protocol/stages.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import type { RoomResults } from '../../studies/ports.ts';
import type { PrismaClient } from './generated/client.ts';
import { stageOf } from './stage-row.ts';

interface RoomResultsOptions {
  readonly prisma: PrismaClient;
  /** Room clock. */
  readonly now: () => number;
}

export const createRoomResults = ({ prisma, now }: RoomResultsOptions): RoomResults => ({
  async stages(roomId) {
    const rows = await prisma.stage.findMany({ where: { roomId } });
    return STAGE_NAMES.map((stage) =>
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

  async requestAnalysis(roomId, { forgetAnswers }) {
    await prisma.$transaction(async (tx) => {
      if (forgetAnswers) await tx.trackTranscript.deleteMany({ where: { recording: { roomId } } });
      await tx.outbox.create({
        data: { roomId, job: 'process_room', key: `${roomId}${RERUN_MARK}${randomUUID()}`, notBefore: now() },
      });
    });
  },
});
