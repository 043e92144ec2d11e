// What participants chose, taken from a room's journal: the rows of the table on screen and of the file for statistics.
import type { EventsAnswer, RoomParticipantAnswer, StudyAnswer } from '../../../protocol/rest.ts';
import type { ChoiceValue } from '../../../protocol/study.ts';
import { nameOf } from '../../../protocol/typed-text.ts';

export interface Choice {
  readonly participantId: string;
  readonly questionId: string;
  readonly revision: number;
  readonly value: ChoiceValue;
  readonly submittedAt: number;
  /** Only of what was answered before the end and arrived after it. */
  readonly answeredAt?: number;
}

export interface ChoicePerson {
  readonly id: string;
  readonly seat: number;
  readonly nickname: string;
}

/** Everybody who ever joined and every answer ever given, in the journal's order. */
export interface ChoiceHistory {
  /** The journal's version that was read last. */
  readonly version: number;
  readonly joined: readonly ChoicePerson[];
  readonly choices: readonly Choice[];
}

export interface ChoiceQuestion {
  readonly id: string;
  /** Absent where the study no longer has the question. */
  readonly prompt?: string;
}

export interface ChoiceRow {
  readonly person: ChoicePerson;
  /** The latest answer to each question, in the order of the questions; its revision tells how many there were. */
  readonly latest: readonly (Choice | undefined)[];
}

export const NO_CHOICES: ChoiceHistory = { version: 0, joined: [], choices: [] };

/** The history with further commits; what it has already is passed over. */
export const withCommits = (history: ChoiceHistory, commits: EventsAnswer['commits']): ChoiceHistory => {
  const joined = [...history.joined];
  const choices = [...history.choices];
  let version = history.version;
  for (const commit of commits) {
    if (commit.version <= version) continue;
    version = commit.version;
    for (const event of commit.events) {
      if (event.type === 'participant_joined') {
        joined.push({ id: event.participantId, seat: event.seat, nickname: event.nickname });
      } else if (event.type === 'choice_submitted') {
        const { type: _, ...answer } = event;
        choices.push({ ...answer, submittedAt: commit.at });
      }
    }
  }
  return { version, joined, choices };
};

/**
 * The columns. Only the study in the room's own version tells which questions the room has; a later one
 * lends its words to those that were answered.
 */
export const choiceQuestions = (
  history: ChoiceHistory,
  study: Pick<StudyAnswer, 'version' | 'pages'> | undefined,
  roomStudyVersion: number,
): ChoiceQuestion[] => {
  const answered = new Set(history.choices.map((choice) => choice.questionId));
  const known = (study?.pages ?? [])
    .flatMap((page) => page.questions)
    .filter((question) => study?.version === roomStudyVersion || answered.has(question.id))
    .map(({ id, prompt }) => ({ id, prompt }));
  const knownIds = new Set(known.map((question) => question.id));
  return [...known, ...[...answered].filter((id) => !knownIds.has(id)).map((id) => ({ id }))];
};

/** A row for everybody in the room, and for those who are gone but have answered. */
export const choiceRows = (
  history: ChoiceHistory,
  participants: readonly Pick<RoomParticipantAnswer, 'id' | 'seat' | 'nickname'>[],
  questions: readonly ChoiceQuestion[],
): ChoiceRow[] => {
  const present = new Set(participants.map((one) => one.id));
  const answerers = new Set(history.choices.map((choice) => choice.participantId));
  const gone = history.joined.filter((one) => !present.has(one.id) && answerers.has(one.id));
  const keyOf = (personId: string, questionId: string) => `${personId}\n${questionId}`;
  const latest = new Map(
    history.choices.map((choice) => [keyOf(choice.participantId, choice.questionId), choice] as const),
  );
  return [...participants, ...gone]
    .map(({ id, seat, nickname }) => ({ id, seat, nickname }))
    .sort((one, other) => one.seat - other.seat)
    .map((person) => ({ person, latest: questions.map((question) => latest.get(keyOf(person.id, question.id))) }));
};

const BYTE_ORDER_MARK = '\uFEFF';
const COLUMNS = ['participantId', 'seat', 'nickname', 'questionId', 'revision', 'value', 'submittedAt', 'answeredAt'];

/** Spreadsheets open it: no words of a participant may act as a formula. Numbers stay numbers. */
const cellOf = (value: string | number): string => {
  if (typeof value === 'number') return String(value);
  const harmless = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/** One line per revision; several choices at once are a JSON list, because an option may hold any separator. */
export const choicesCsv = (history: ChoiceHistory): string => {
  const people = new Map(history.joined.map((one) => [one.id, one] as const));
  const lines = history.choices.map((choice) => {
    const person = people.get(choice.participantId);
    const { participantId, questionId, revision, value, submittedAt, answeredAt } = choice;
    return [
      participantId,
      person?.seat ?? '',
      nameOf(person?.nickname ?? ''),
      questionId,
      revision,
      Array.isArray(value) ? JSON.stringify(value) : value,
      new Date(submittedAt).toISOString(),
      answeredAt === undefined ? '' : new Date(answeredAt).toISOString(),
    ];
  });
  return `${BYTE_ORDER_MARK}${[COLUMNS, ...lines].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('')}`;
};
