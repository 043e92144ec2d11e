// What a participant can ask of the room. Resent unchanged after a reconnect until it is answered; nothing here ever rejects.
import type { SessionAnswers } from '../../protocol/session-messages.ts';
import type { ChoiceValue } from '../../protocol/study.ts';
import type { Answers } from './answers.ts';
import type { CommandResult } from './command-queue.ts';
import type { Session } from './session.ts';

export interface RoomCommands {
  turnPage(to: number | 'next' | 'previous'): Promise<CommandResult<SessionAnswers['page:turn']>>;
  /** `answeredAt` (room clock): when it was given, if not just now. */
  submitChoice(
    questionId: string,
    value: ChoiceValue,
    answeredAt?: number,
  ): Promise<CommandResult<SessionAnswers['choice:submit']>>;
  mute(participantId: string): Promise<CommandResult<SessionAnswers['participant:mute']>>;
  /** Of oneself, after the host muted. Turns the microphone on. */
  unmute(): Promise<CommandResult<SessionAnswers['participant:unmute']>>;
  remove(participantId: string): Promise<CommandResult<SessionAnswers['participant:remove']>>;
  endDebate(): Promise<CommandResult<SessionAnswers['debate:end']>>;
  /**
   * For front ends that capture by themselves; with a Microphone the client records on its own. `capturedAt` (room clock) is of
   * the first sample: with it a take of the debate may be announced after its end.
   */
  startRecording(mimeType: string, capturedAt?: number): Promise<CommandResult<SessionAnswers['recording:start']>>;
  stopRecording(recordingId: string): Promise<CommandResult<SessionAnswers['recording:stop']>>;
}

export const createRoomCommands = (options: {
  readonly session: Pick<Session, 'send' | 'replica'>;
  readonly answers: Answers;
  /** Room clock. */
  readonly now: () => number;
  readonly onUnmuted: () => void;
}): RoomCommands => {
  const { send, replica } = options.session;
  return {
    turnPage: (to) => send('page:turn', { to, expectedPage: replica.view?.page ?? 0 }),
    submitChoice: (questionId, value, answeredAt = options.now()) =>
      options.answers.submit(questionId, value, answeredAt),
    mute: (participantId) => send('participant:mute', { participantId }),
    async unmute() {
      const result = await send('participant:unmute', {});
      if (result.ok) options.onUnmuted();
      return result;
    },
    remove: (participantId) => send('participant:remove', { participantId }),
    endDebate: () => send('debate:end', {}),
    startRecording: (mimeType, capturedAt) =>
      send('recording:start', { mimeType, ...(capturedAt === undefined ? {} : { capturedAt }) }),
    stopRecording: (recordingId) => send('recording:stop', { recordingId }),
  };
};
