// One's own answers on their way: how many wait for the server, and which it has refused for good. Each is stamped when it is
// given, so that one of the debate may arrive some seconds after its end.
import type { SessionAnswers } from '../protocol/session-messages.ts';
import type { ChoiceValue } from '../protocol/study.ts';
import type { AnswersProgress, RefusedAnswer } from './client-state.ts';
import type { CommandQueue, CommandResult } from './command-queue.ts';
import { storableTextOf } from './storable-text.ts';

export interface Answers {
  readonly progress: AnswersProgress;
  /** `answeredAt`: room clock. */
  submit(
    questionId: string,
    value: ChoiceValue,
    answeredAt: number,
  ): Promise<CommandResult<SessionAnswers['choice:submit']>>;
}

export const createAnswers = (options: {
  readonly send: CommandQueue['send'];
  readonly onChange: () => void;
}): Answers => {
  let pending = 0;
  /** By question; only the last answer to it counts. */
  const refused = new Map<string, RefusedAnswer>();
  const latest = new Map<string, number>();
  let submitted = 0;

  return {
    get progress() {
      return { pending, refused: [...refused.values()] };
    },
    async submit(questionId, given, answeredAt) {
      submitted += 1;
      const mine = submitted;
      latest.set(questionId, mine);
      pending += 1;
      options.onChange();
      const value = typeof given === 'string' ? storableTextOf(given) : given;
      const result = await options.send('choice:submit', { questionId, value, answeredAt });
      pending -= 1;
      if (latest.get(questionId) === mine) {
        refused.delete(questionId);
        // What does not fit its question was never an answer; its field says so.
        if (!result.ok && result.error.code !== 'invalid_choice')
          refused.set(questionId, { questionId, value: given, message: result.error.message });
      }
      options.onChange();
      return result;
    },
  };
};
