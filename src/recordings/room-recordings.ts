// All recordings of one room, by participant: which takes there are, and how much of the debate they cover.
import type { ParticipantRecordings, RecordingAnswer } from '../protocol/recording-answers.ts';
import type { RoomState } from '../room/state.ts';
import { audioAllowanceOf, weightOf } from './audio-allowance.ts';
import { coverageOf, type Stretch } from './coverage.ts';
import { debateSpanOf, placeTake } from './place-take.ts';
import type { ChunkLedger } from './ports.ts';
import { recordingAnswerOf } from './recording-answer.ts';

interface RoomRecordingsOptions {
  readonly ledger: Pick<ChunkLedger, 'recordingsOfRoom' | 'chunksOfRoom'>;
  readonly now: () => number;
}

/** What should be on tape: the debate, as long as it has lasted. */
const windowOf = (room: RoomState, now: number): Stretch | undefined =>
  room.startedAt !== undefined && room.definition.content.settings.record
    ? { from: room.startedAt, to: room.endedAt ?? now }
    : undefined;

/** Beyond what the ceilings count as more than a debate, whatever the takes are declared as. */
const isOversized = (
  takes: readonly Pick<RecordingAnswer, 'bytes' | 'received' | 'mimeType'>[],
  room: RoomState,
): boolean => {
  const weight = takes.reduce((sum, { bytes, received }) => sum + weightOf({ bytes, chunks: received.length }), 0);
  const { timeLimitMinutes } = room.definition.content.settings;
  return (
    takes.length > 0 && takes.every((take) => weight > audioAllowanceOf(take.mimeType, timeLimitMinutes).expectedBytes)
  );
};

export const createRoomRecordings =
  ({ ledger, now: clock }: RoomRecordingsOptions) =>
  async (room: RoomState): Promise<ParticipantRecordings[]> => {
    const roomId = room.definition.roomId;
    const [recordings, chunks] = await Promise.all([ledger.recordingsOfRoom(roomId), ledger.chunksOfRoom(roomId)]);
    const now = clock();
    const window = windowOf(room, now);
    const span = debateSpanOf(room);
    return (
      Object.values(room.participants)
        // Who came and went before the start without a recording has nothing to show.
        .filter((one) => one.standing === 'seated' || recordings.some((take) => take.participantId === one.id))
        .sort((a, b) => a.seat - b.seat || a.joinedAt - b.joinedAt)
        .map((participant) => {
          const own = recordings.filter((recording) => recording.participantId === participant.id);
          const takes = own.map((recording) => ({
            recording,
            placed: placeTake(recording, chunks.get(recording.id) ?? [], span),
          }));
          const covering = takes.map(({ recording, placed }) => ({ recording, chunks: placed.chunks }));
          const answers = takes.map(({ recording, placed }) => recordingAnswerOf(recording, { placed, room, now }));
          const { expectedMs, capturedMs, gaps } = coverageOf(covering, window, now);
          return {
            participantId: participant.id,
            seat: participant.seat,
            nickname: participant.nickname,
            expectedSeconds: expectedMs / 1_000,
            capturedSeconds: capturedMs / 1_000,
            coverage: expectedMs === 0 ? 1 : capturedMs / expectedMs,
            gaps,
            ...(isOversized(answers, room) && { oversized: true as const }),
            takes: answers,
          };
        })
    );
  };
