// The choices of a room as a data set: one line per revision. Made piece by piece, because a journal has no largest size. Pure.
import { nameOf } from '../protocol/typed-text.ts';
import type { Choice } from './choices.ts';
import { BYTE_ORDER_MARK, csvRowOf } from './csv.ts';

interface Person {
  readonly seat: number;
  readonly nickname: string;
}

/** In the order of the cells below. */
export const CHOICES_COLUMNS: readonly string[] =
  'participantId seat nickname questionId revision value submittedAt answeredAt'.split(' ');

/** Begins the file. */
export const CHOICES_CSV_HEAD = `${BYTE_ORDER_MARK}${csvRowOf(CHOICES_COLUMNS)}`;

/** Several options at once are a JSON list, because an option may hold any separator. Instants are ISO 8601, UTC. */
export const choicesCsvRowOf = (choice: Choice, person: Person | undefined): string => {
  const { participantId, questionId, revision, value, submittedAt, answeredAt } = choice;
  return csvRowOf([
    participantId,
    person?.seat,
    nameOf(person?.nickname ?? ''),
    questionId,
    revision,
    Array.isArray(value) ? JSON.stringify(value) : value,
    new Date(submittedAt).toISOString(),
    answeredAt === undefined ? '' : new Date(answeredAt).toISOString(),
  ]);
};
