// One's own answers on their way: how many wait for the server, and which it has refused for good. Each is stamped when it is
// given, so that one of the debate may arrive some seconds after its end, and kept in the browser until it is acknowledged.
import type { SessionAnswers } from '../../protocol/session-messages.ts';
import type { ChoiceValue } from '../../protocol/study.ts';
import type { AnswersProgress, RefusedAnswer } from '../client-state.ts';
import { storableTextOf } from '../storable-text.ts';
import type { CommandQueue, CommandResult } from './command-queue.ts';
import type { KeptAnswer, KeptAnswers, Seat } from './kept-answers.ts';

export interface Answers {
  readonly progress: AnswersProgress;
  /** `answeredAt`: room clock. */
  submit(
    questionId: string,
    value: ChoiceValue,
    answeredAt: number,
  ): Promise<CommandResult<SessionAnswers['choice:submit']>>;
  /** Whose answers they are is known: what an earlier load of the page could not bring to the server goes out first. */
  seated(seat: Seat): void;
}

export const createAnswers = (options: {
  readonly send: CommandQueue['send'];
  readonly createId: () => string;
  readonly keptOf: (seat: Seat) => KeptAnswers;
  readonly onChange: () => void;
}): Answers => {
  let pending = 0;
  /** By question; only the last answer to it counts. */
  const refused = new Map<string, RefusedAnswer>();
  const latest = new Map<string, string>();
  let kept: KeptAnswers | undefined;

  const deliver = async (answer: KeptAnswer) => {
    const { questionId, commandId, value } = answer;
    latest.set(questionId, commandId);
    pending += 1;
    options.onChange();
    const result = await options.send('choice:submit', { ...answer });
    pending -= 1;
    // What does not fit its question was never an answer; its field says so.
    const isSettled = result.ok || result.error.code === 'invalid_choice';
    if (isSettled) kept?.forget(answer);
    if (latest.get(questionId) === commandId) {
      refused.delete(questionId);
      if (!result.ok && !isSettled) refused.set(questionId, { questionId, value, message: result.error.message });
    }
    options.onChange();
    return result;
  };

  return {
    get progress() {
      return { pending, refused: [...refused.values()] };
    },
    submit(questionId, given, answeredAt) {
      const value = typeof given === 'string' ? storableTextOf(given) : given;
      const answer = { commandId: options.createId(), questionId, value, answeredAt };
      kept?.keep(answer);
      return deliver(answer);
    },
    seated(seat) {
      if (kept) return;
      kept = options.keptOf(seat);
      for (const answer of kept.all) void deliver(answer);
    },
  };
};
