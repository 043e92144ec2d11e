import { expect, test } from 'vitest';
import type { RoomEvent } from '../protocol/room-events.ts';
import { createDebateFacts, pageAt } from './debate-facts.ts';

const joined = (participantId: string, seat: number): RoomEvent => ({
  type: 'participant_joined',
  participantId,
  seat,
  nickname: participantId,
  isHost: seat === 0,
  consent: [],
});

test('who gave the seat up before the start is nobody in the debate; who left later stays in it', () => {
  const events: RoomEvent[] = [
    joined('b', 1),
    joined('gone', 0),
    { type: 'participant_left', participantId: 'gone', reason: 'never_connected' },
    joined('a', 0),
    { type: 'debate_started', startedAt: 50 },
    { type: 'participant_removed', participantId: 'b', by: 'a' },
    { type: 'page_turned', page: 1, turnsAt: 60, by: 'a' },
    { type: 'choice_submitted', participantId: 'a', questionId: 'q', value: 3, revision: 1 },
    { type: 'debate_ended', reason: 'host', endedAt: 90 },
  ];
  const builder = createDebateFacts();
  for (const [index, event] of events.entries()) builder.take([{ version: index + 1, at: index, events: [event] }]);
  const facts = builder.facts();
  expect(facts.debaters.map((debater) => debater.id)).toEqual(['a', 'b']);
  expect(facts).toMatchObject({
    startedAt: 50,
    endedAt: 90,
    choices: [{ participantId: 'a', value: 3, submittedAt: 7 }],
  });
  expect([59, 60].map((at) => pageAt(facts.pageTurns, at))).toEqual([0, 1]);
});
