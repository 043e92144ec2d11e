// What anybody gets to see of a microphone and of a recording, participants and researchers alike. SPEC [RM44].
import { isOver } from './room-queries.ts';
import type { ParticipantState, RoomState } from './state.ts';

/** What a participant's client reports of its microphone; not journaled. */
export interface Voice {
  readonly micOn: boolean;
  readonly speaking: boolean;
}
/** By participant id. */
export type Voices = ReadonlyMap<string, Voice>;

const SILENT: Voice = { micOn: false, speaking: false };

export const shownVoiceOf = (
  { connection, muted }: Pick<ParticipantState, 'connection' | 'muted'>,
  reported: Voice | undefined,
): Voice => {
  if (!reported?.micOn || !connection || muted) return SILENT;
  return { micOn: true, speaking: reported.speaking };
};

/** Ids of those who record. Whoever vanished never stopped: once the room is over nobody does. */
export const recordingNowOf = (state: RoomState): ReadonlySet<string> =>
  new Set(
    isOver(state)
      ? []
      : Object.values(state.recordings).flatMap(({ endedAt, participantId }) =>
          endedAt === undefined ? [participantId] : [],
        ),
  );
