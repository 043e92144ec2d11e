import { expect, it } from 'vitest';
import { given, joined, on } from '../../../test/support/room/room-scenario.ts';
import type { Head } from '../ports.ts';
import { createHeadOf, isAt } from './journal-heads.ts';

/** A journal of which each question waits until it is answered. */
const createJournal = () => {
  const questions: { rooms: readonly string[]; answer: () => void; fail: () => void }[] = [];
  return {
    questions,
    headOf: createHeadOf({
      heads: (rooms) =>
        new Promise<Map<string, Head>>((resolve, reject) => {
          questions.push({
            rooms,
            answer: () =>
              resolve(new Map(rooms.filter((id) => id !== 'gone').map((id) => [id, { version: questions.length }]))),
            fail: () => reject(new Error('the database is away')),
          });
        }),
    }),
  };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('what is asked while a question is under way is asked together, each room once', async () => {
  const { questions, headOf } = createJournal();
  const first = headOf('a');
  const others = ['b', 'c', 'b', 'gone'].map(headOf);
  expect(questions.map(({ rooms }) => rooms)).toEqual([['a']]);
  questions[0]?.answer();
  expect(await first).toEqual({ version: 1 });
  await settled();
  expect(questions.map(({ rooms }) => rooms)).toEqual([['a'], ['b', 'c', 'gone']]);
  questions[1]?.answer();
  const two = { version: 2 };
  expect(await Promise.all(others)).toEqual([two, two, two, undefined]);
});

it('nobody is answered by a question that was asked before: a commit may have come in between', async () => {
  const { questions, headOf } = createJournal();
  const first = headOf('a');
  const second = headOf('a');
  questions[0]?.answer();
  expect(await first).toEqual({ version: 1 });
  await settled();
  questions[1]?.answer();
  expect(await second).toEqual({ version: 2 });
});

it('a question that fails fails for those who asked it, and the next is asked', async () => {
  const { questions, headOf } = createJournal();
  const first = headOf('a');
  const second = headOf('a');
  questions[0]?.fail();
  await expect(first).rejects.toThrow('the database is away');
  await settled();
  questions[1]?.answer();
  expect(await second).toEqual({ version: 2 });
});

it('[ST24] a state is at a head of its version and commit only, and a room without commits at none of theirs', () => {
  const { state } = given(on(1_000, joined(0)));
  expect(isAt(state, { version: 1, commitId: 'commit-1' })).toBe(true);
  expect(isAt(state, { version: 1, commitId: 'of another history' })).toBe(false);
  expect(isAt(state, { version: 2, commitId: 'commit-1' })).toBe(false);
  expect(isAt(state, undefined)).toBe(false);
  expect(isAt(given().state, { version: 0 })).toBe(true);
});
