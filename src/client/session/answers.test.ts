import { expect, test } from 'vitest';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import { createAnswers } from './answers.ts';
import type { CommandQueue } from './command-queue.ts';
import { keptAnswersOf } from './kept-answers.ts';

/** A browser's storage for one seat, which outlives the page. */
const createStorage = (): Storage => {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  };
};

const SEAT = { roomId: 'r', participantId: 'p0' };
let ids = 0;

const createScene = (storage = createStorage(), now = () => 0) => {
  const sent: { body: unknown; settle: (refusal?: ErrorCode) => Promise<void> }[] = [];
  const answers = createAnswers({
    createId: () => `c${ids++}`,
    keptOf: (seat) => keptAnswersOf(seat, storage, now),
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
  return { answers, sent, storage };
};

test('[CL17] an answer is stamped when it is given, and pending until the server has it', async () => {
  const { answers, sent } = createScene();
  void answers.submit('why', 'because', 1_234);
  expect(sent[0]?.body).toMatchObject({ questionId: 'why', value: 'because', answeredAt: 1_234 });
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

test('[CL18] what was not acknowledged goes out again after a reload, unchanged, and is then forgotten', async () => {
  const before = createScene();
  before.answers.seated(SEAT);
  void before.answers.submit('why', 'a', 1);
  void before.answers.submit('why', 'ab', 2);
  void before.answers.submit('stance', 'for', 3);
  const after = createScene(before.storage);
  after.answers.seated(SEAT);
  expect(after.sent.map(({ body }) => body)).toEqual([before.sent[1]?.body, before.sent[2]?.body]);
  expect(after.answers.progress.pending).toBe(2);
  after.answers.seated(SEAT);
  expect(after.sent).toHaveLength(2);
  await after.sent[0]?.settle();
  await after.sent[1]?.settle();
  expect(after.storage.length).toBe(0);
});

test('[CL18] an older answer that is acknowledged late leaves the newer one where it is', async () => {
  const { answers, sent, storage } = createScene();
  answers.seated(SEAT);
  void answers.submit('why', 'a', 1);
  void answers.submit('why', 'ab', 2);
  await sent[0]?.settle();
  expect(keptAnswersOf(SEAT, storage, () => 0).all.map(({ value }) => value)).toEqual(['ab']);
});

test('[CL18] a refusal of the moment keeps the words, one for what does not fit the question does not', async () => {
  const { answers, sent, storage } = createScene();
  answers.seated(SEAT);
  void answers.submit('why', 'words', 1);
  void answers.submit('stance', 'neither', 2);
  await sent[0]?.settle('unavailable');
  await sent[1]?.settle('invalid_choice');
  expect(keptAnswersOf(SEAT, storage, () => 0).all.map(({ value }) => value)).toEqual(['words']);
});

test('[CL18] nobody else at this computer gets them, and after a day nobody at all', () => {
  const { answers, storage } = createScene();
  answers.seated(SEAT);
  void answers.submit('why', 'mine', 1);
  for (const other of [
    { roomId: 'r', participantId: 'p1' },
    { roomId: 'q', participantId: 'p0' },
  ])
    expect(keptAnswersOf(other, storage, () => 1_000).all).toEqual([]);
  expect(storage.length).toBe(1);
  keptAnswersOf({ roomId: 'q', participantId: 'p0' }, storage, () => 25 * 3_600_000);
  expect(storage.length).toBe(0);
});

test('[CL18] a storage that is full, closed or damaged stops no answer', async () => {
  const storage = createStorage();
  storage.setItem('trialogue.answers.r.p0', '{"keptAt":0,"answers":7');
  const { answers, sent } = createScene({
    ...storage,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  });
  answers.seated(SEAT);
  void answers.submit('why', 'words', 1);
  expect(sent).toHaveLength(1);
  await sent[0]?.settle();
  expect(answers.progress).toEqual({ pending: 0, refused: [] });
});
