// Who has chosen what by now, as a researcher sees it: the latest revision of each answer.
import type { LatestChoice } from '../protocol/choices.ts';
import type { RoomState } from './state.ts';

/** Participants, and the questions of each, in the order of their first answers. */
export const latestChoicesOf = ({ choices }: Pick<RoomState, 'choices'>): LatestChoice[] =>
  Object.entries(choices).flatMap(([participantId, own]) =>
    Object.entries(own).map(([questionId, { value, revision, at }]) => ({
      participantId,
      questionId,
      revision,
      value,
      submittedAt: at,
    })),
  );
