// Answers to the questions of pages that have been shown. Every revision is an event; only the latest is in the state.
import type { Language } from '../protocol/languages.ts';
import { refused } from '../protocol/outcome.ts';
import type { ChoiceValue, Question } from '../protocol/study.ts';
import { codePointsOf } from '../protocol/text.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { accepted } from './decision.ts';
import { holdsSeat, isSeated, ownOf, participantOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

type Reason = Readonly<Record<Language, string>>;

const REASONS = {
  unknown: {
    en: 'no page shown so far asks it',
    ko: '지금까지 나온 페이지에 없는 질문입니다',
  },
  option: { en: 'pick one of the options', ko: '보기 중 하나를 골라 주세요' },
  options: { en: 'pick different ones of the options', ko: '보기 중에서 중복 없이 골라 주세요' },
  required: { en: 'it must not be empty', ko: '비워 둘 수 없습니다' },
  text: { en: 'write a text', ko: '글로 적어 주세요' },
} as const satisfies Record<string, Reason>;

/** What is wrong with the answer; undefined when it fits. */
const problemOf = (question: Question, value: ChoiceValue): Reason | undefined => {
  switch (question.kind) {
    case 'single':
      return typeof value === 'string' && question.options.includes(value) ? undefined : REASONS.option;
    case 'multiple': {
      if (!Array.isArray(value)) return REASONS.options;
      if (question.required && value.length === 0) return REASONS.required;
      const fits = value.every((one) => question.options.includes(one)) && new Set(value).size === value.length;
      return fits ? undefined : REASONS.options;
    }
    case 'scale': {
      const { min, max } = question;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return undefined;
      return { en: `pick a whole number from ${min} to ${max}`, ko: `${min}부터 ${max}까지의 정수를 골라 주세요` };
    }
    case 'text': {
      if (typeof value !== 'string') return REASONS.text;
      if (question.required && value.trim() === '') return REASONS.required;
      if (codePointsOf(value) <= question.maxLength) return undefined;
      return { en: `at most ${question.maxLength} characters`, ko: `최대 ${question.maxLength}자까지 쓸 수 있습니다` };
    }
  }
};

const shownQuestionOf = (state: RoomState, questionId: string): Question | undefined => {
  const { pages } = state.definition.content;
  for (let page = 0; page <= state.shownUpTo; page++) {
    const question = pages[page]?.questions.find(({ id }) => id === questionId);
    if (question) return question;
  }
  return undefined;
};

/** How long after the end an answer may still arrive: time for a connection to be lost and found, not for second thoughts. */
export const LATE_ANSWER_MS = 10_000;

/** By how much a client's idea of the room clock may be off, and how long the end takes to reach its screen. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Whether it was given during the debate, which is over: nothing that the server has seen contradicts what the client says. */
const isOfDebate = ({ startedAt, endedAt }: RoomState, answeredAt: number | undefined, at: number): boolean =>
  startedAt !== undefined &&
  endedAt !== undefined &&
  answeredAt !== undefined &&
  answeredAt >= startedAt &&
  answeredAt <= endedAt + CLOCK_TOLERANCE_MS &&
  at <= endedAt + LATE_ANSWER_MS;

export const decideSubmitChoice = (
  state: RoomState,
  command: RoomCommand<'submit_choice'>,
  at: number,
): Decision<'submit_choice'> => {
  const { by: participantId, questionId, value, answeredAt } = command;
  const participant = participantOf(state, participantId);
  const isLate = state.phase === 'ended' && isOfDebate(state, answeredAt, at);
  // Whoever was away at the end has lost nothing but the connection.
  const mayAnswer = participant && (isLate ? holdsSeat(participant) : isSeated(participant));
  if (!mayAnswer) return refused('forbidden');
  if (state.phase !== 'running' && !isLate) return refused('not_running');
  const question = shownQuestionOf(state, questionId);
  const problem = question ? problemOf(question, value) : REASONS.unknown;
  if (problem) return refused('invalid_choice', { reason: problem[state.definition.content.language] });
  const former = ownOf(ownOf(state.choices, participantId) ?? {}, questionId);
  const revision = (former?.revision ?? 0) + 1;
  const late = isLate && answeredAt !== undefined ? { answeredAt: Math.round(answeredAt) } : {};
  return accepted([{ type: 'choice_submitted', participantId, questionId, value, revision, ...late }], { revision });
};
