// Answers to the questions of pages that have been shown. Every revision is an event; only the latest is in the state.
import type { RefusalDetails } from '../protocol/error-codes.ts';
import { refused } from '../protocol/outcome.ts';
import type { ChoiceValue, Question } from '../protocol/study.ts';
import { codePointsOf } from '../protocol/text.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { accepted } from './decision.ts';
import { holdsSeat, isSeated, ownOf, participantOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

/** What is wrong with the answer; undefined when it fits. */
const problemOf = (question: Question | undefined, value: ChoiceValue): RefusalDetails | undefined => {
  if (!question) return { reason: 'question_not_shown' };
  switch (question.kind) {
    case 'single':
      return typeof value === 'string' && question.options.includes(value) ? undefined : { reason: 'not_an_option' };
    case 'multiple': {
      if (!Array.isArray(value)) return { reason: 'not_different_options' };
      if (question.required && value.length === 0) return { reason: 'empty' };
      const fits = value.every((one) => question.options.includes(one)) && new Set(value).size === value.length;
      return fits ? undefined : { reason: 'not_different_options' };
    }
    case 'scale': {
      const { min, max } = question;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return undefined;
      return { reason: 'not_on_scale', min, max };
    }
    case 'text': {
      if (typeof value !== 'string') return { reason: 'not_a_text' };
      if (question.required && value.trim() === '') return { reason: 'empty' };
      const { maxLength } = question;
      return codePointsOf(value) <= maxLength ? undefined : { reason: 'text_too_long', maxLength };
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
  const problem = problemOf(shownQuestionOf(state, questionId), value);
  if (problem) return refused('invalid_choice', problem);
  const former = ownOf(ownOf(state.choices, participantId) ?? {}, questionId);
  const revision = (former?.revision ?? 0) + 1;
  const late = isLate && answeredAt !== undefined ? { answeredAt: Math.round(answeredAt) } : {};
  return accepted([{ type: 'choice_submitted', participantId, questionId, value, revision, ...late }], { revision });
};
