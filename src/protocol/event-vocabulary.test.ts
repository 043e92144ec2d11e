import { describe, expect, test } from 'vitest';
import { VOCABULARY, vocabularyOf } from './event-vocabulary.ts';
import type { RoomEvent } from './room-events.ts';

const answer: RoomEvent = {
  type: 'choice_submitted',
  participantId: 'p0',
  questionId: 'q',
  value: 'a',
  revision: 1,
};
const ended: RoomEvent = { type: 'debate_ended', reason: 'host', endedAt: 60_000 };

describe('what a node must understand', () => {
  test.each<[string, readonly RoomEvent[], number]>([
    ['nothing happened', [], 1],
    ['an answer in the debate', [answer], 1],
    ['an answer after the end, which former versions cannot read', [ended, { ...answer, answeredAt: 59_000 }], 2],
  ])('[NO13] %s', (_, events, vocabulary) => {
    expect(vocabularyOf(events)).toBe(vocabulary);
    expect(VOCABULARY).toBeGreaterThanOrEqual(vocabulary);
  });
});
