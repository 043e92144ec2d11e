import { expect, test } from 'vitest';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { createAnswers } from './answers.ts';
import type { CommandQueue } from './command-queue.ts';

const createScene = () => {
  const sent: { body: unknown; settle: (refusal?: ErrorCode) => Promise<void> }[] = [];
  const answers = createAnswers({
    send: ((_: string, body: unknown) =>
      new Promise((resolve) => {
        sent.push({
          body,
          async settle(code) {
            resolve(code ? { ok: false, error: { code, message: code, retryable: false } } : { ok: true, revision: 1 });
            await new Promise<void>((done) => setImmediate(done));
          },
        });
      })) as unknown as CommandQueue['send'],
    onChange: () => {},
  });
  return { answers, sent };
};

test('[CL17] an answer is stamped when it is given, and pending until the server has it', async () => {
  const { answers, sent } = createScene();
  void answers.submit('why', 'because', 1_234);
  expect(sent[0]?.body).toEqual({ questionId: 'why', value: 'because', answeredAt: 1_234 });
  expect(answers.progress).toEqual({ pending: 1, refused: [] });
  await sent[0]?.settle();
  expect(answers.progress).toEqual({ pending: 0, refused: [] });
});

test('[CL17] one that is refused for good is not forgotten until a later one to its question is saved', async () => {
  const { answers, sent } = createScene();
  void answers.submit('why', 'too late', 1);
  void answers.submit('stance', 'for', 2);
  await sent[0]?.settle('not_running');
  await sent[1]?.settle();
  expect(answers.progress.refused).toEqual([{ questionId: 'why', value: 'too late', message: 'not_running' }]);
  void answers.submit('why', 'again', 3);
  await sent[2]?.settle();
  expect(answers.progress).toEqual({ pending: 0, refused: [] });
});

test('[CL17] a refusal that a newer answer has overtaken is none, nor is an answer that does not fit', async () => {
  const { answers, sent } = createScene();
  void answers.submit('why', 'a', 1);
  void answers.submit('why', 'ab', 2);
  await sent[0]?.settle('unavailable');
  expect(answers.progress).toEqual({ pending: 1, refused: [] });
  await sent[1]?.settle('invalid_choice');
  expect(answers.progress).toEqual({ pending: 0, refused: [] });
});
