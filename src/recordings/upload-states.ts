// How far each participant's uploads are: what the live view of a room shows.
import type { RoomParticipantAnswer } from '../protocol/room-answers.ts';
import type { ChunkLedger } from './ports.ts';

type UploadState = RoomParticipantAnswer['upload'];

/** By participant id; who has no recording is left out. */
export const createUploadStates =
  (ledger: Pick<ChunkLedger, 'talliesOfRoom'>) =>
  async (roomId: string): Promise<Map<string, UploadState>> => {
    const uploads = new Map<string, UploadState>();
    for (const { participantId, chunks, bytes, highestIndex, chunkCount } of await ledger.talliesOfRoom(roomId)) {
      const before = uploads.get(participantId);
      uploads.set(participantId, {
        chunks: (before?.chunks ?? 0) + chunks,
        bytes: (before?.bytes ?? 0) + bytes,
        pending: (before?.pending ?? 0) + Math.max(0, (chunkCount ?? highestIndex + 1) - chunks),
        complete: (before?.complete ?? true) && chunkCount !== undefined,
      });
    }
    return uploads;
  };
