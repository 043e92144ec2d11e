// The table of choices on screen: a column for each question, a row for each participant, the latest answers.
import type { LatestChoice } from '../../../client/index.ts';
import type { RoomParticipantAnswer } from '../../../protocol/room-answers.ts';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';

export interface ChoiceQuestion {
  readonly id: string;
  /** Absent where the study no longer has the question. */
  readonly prompt?: string;
}

type ChoicePerson = Pick<RoomParticipantAnswer, 'id' | 'nickname'>;

export interface ChoiceRow {
  readonly person: ChoicePerson;
  /** In the order of the questions. */
  readonly latest: readonly (LatestChoice | undefined)[];
}

/**
 * The columns. Only the study in the room's own version tells which questions the room has; a later one
 * lends its words to those that were answered.
 */
export const choiceQuestions = (
  choices: readonly LatestChoice[],
  study: Pick<StudyAnswer, 'version' | 'pages'> | undefined,
  roomStudyVersion: number,
): ChoiceQuestion[] => {
  const answered = new Set(choices.map((choice) => choice.questionId));
  const known = (study?.pages ?? [])
    .flatMap((page) => page.questions)
    .filter((question) => study?.version === roomStudyVersion || answered.has(question.id))
    .map(({ id, prompt }) => ({ id, prompt }));
  const knownIds = new Set(known.map((question) => question.id));
  return [...known, ...[...answered].filter((id) => !knownIds.has(id)).map((id) => ({ id }))];
};

/** A row for everybody who ever had a seat, as the room lists them. */
export const choiceRows = (
  choices: readonly LatestChoice[],
  participants: readonly ChoicePerson[],
  questions: readonly ChoiceQuestion[],
): ChoiceRow[] =>
  participants.map((person) => {
    const own = new Map(
      choices.filter(({ participantId }) => participantId === person.id).map((one) => [one.questionId, one] as const),
    );
    return { person, latest: questions.map(({ id }) => own.get(id)) };
  });
