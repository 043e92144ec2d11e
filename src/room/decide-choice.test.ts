import { describe, expect, test } from 'vitest';
import {
  countdown,
  dropped,
  ended,
  given,
  givenRoom,
  left,
  on,
  roomDefinition,
  running,
  turned,
} from '../../test/support/room/room-scenario.ts';
import type { RefusalDetails } from '../protocol/error-codes.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { ChoiceValue } from '../protocol/study.ts';
import type { RoomCommand } from './commands.ts';
import { LATE_ANSWER_MS } from './decide-choice.ts';

const submit = (questionId: string, value: ChoiceValue, by = 'p1'): RoomCommand => ({
  type: 'submit_choice',
  by,
  questionId,
  value,
});
const submitted = (questionId: string, value: ChoiceValue, revision = 1, participantId = 'p1'): RoomEvent => ({
  type: 'choice_submitted',
  participantId,
  questionId,
  value,
  revision,
});
const allShown = given(...running, on(6_000, turned(2, 6_100)), on(7_000, turned(0, 7_100)));

describe('choices', () => {
  test('[RM27] only while the debate is running, by whoever has a seat', () => {
    given(...countdown)
      .when(submit('stance', 'for'), 3_000)
      .thenRefused('not_running');
    given(...ended)
      .when(submit('stance', 'for'), 61_000)
      .thenRefused('not_running');
    given(...running)
      .when(submit('stance', 'for', 'stranger'), 6_000)
      .thenRefused('forbidden');
    given(...running)
      .when(submit('stance', 'for', 'p0'), 6_000)
      .then([submitted('stance', 'for', 1, 'p0')]);
  });

  const late = (answeredAt: number): RoomCommand => ({ ...submit('stance', 'for'), answeredAt }) as RoomCommand;
  const endedAt = 60_000;
  test.each([
    ['given before the end, 5 s on its way', endedAt - 100, endedAt + 5_000],
    ['given at the start', 5_000, endedAt + 1],
    ['given at the end', endedAt, endedAt + LATE_ANSWER_MS],
    ['given before the end had reached the screen', endedAt + 900, endedAt + 1_000],
  ])('[RM50] after the end: %s, it is taken', (_, answeredAt, at) => {
    given(...ended)
      .when(late(answeredAt), at)
      .then([{ ...submitted('stance', 'for'), answeredAt } as RoomEvent], { revision: 1 });
  });
  test('[RM50] whoever was away at the end has lost nothing but the connection', () => {
    given(...running, on(20_000, dropped('p1', 50_000)), on(50_000, left('p1')), ...ended.slice(running.length))
      .when(late(endedAt - 11_000), endedAt + 1_000)
      .then([{ ...submitted('stance', 'for'), answeredAt: endedAt - 11_000 } as RoomEvent]);
  });
  test.each([
    ['without a stamp', Number.NaN, endedAt + 100],
    ['given after it', endedAt + 1_001, endedAt + 2_000],
    ['given before the debate began', 100, endedAt + 100],
    ['too long on its way', endedAt - 100, endedAt + LATE_ANSWER_MS + 1],
  ])('[RM50] after the end: %s, it is refused', (_, answeredAt, at) => {
    given(...ended)
      .when(Number.isNaN(answeredAt) ? submit('stance', 'for') : late(answeredAt), at)
      .thenRefused('not_running');
  });
  test('[RM50] a late answer must fit its question like any other, and a room that ended before it began takes none', () => {
    given(...ended)
      .when({ ...submit('stance', 'perhaps'), answeredAt: endedAt } as RoomCommand, endedAt + 100)
      .thenRefused('invalid_choice', { reason: 'not_an_option' });
    given(...countdown.slice(0, 1), on(3_000, { type: 'debate_ended', endedAt: 3_000, reason: 'researcher' }))
      .when({ ...submit('stance', 'for', 'p0'), answeredAt: 2_900 } as RoomCommand, 3_100)
      .thenRefused('not_running');
  });
  test('during the debate a stamp changes nothing', () => {
    given(...running)
      .when({ ...submit('stance', 'for'), answeredAt: 1 } as RoomCommand, 6_000)
      .then([submitted('stance', 'for')]);
  });

  test('[RM27] of every page shown so far, also when the host has turned back; not of the next one', () => {
    const reason = 'question_not_shown';
    given(...running)
      .when(submit('grounds', ['cost']), 6_000)
      .thenRefused('invalid_choice', { reason });
    given(...running)
      .when(submit('nonsense', 'for'), 6_000)
      .thenRefused('invalid_choice', { reason });
    allShown.when(submit('weight', 3), 8_000).then([submitted('weight', 3)]);
    // A page that the host skipped counts as shown: its content is in everybody's hands.
    allShown.when(submit('grounds', ['cost']), 8_000).then([submitted('grounds', ['cost'])]);
  });

  test.each([
    ['stance', 'neither', { reason: 'not_an_option' }],
    ['stance', ['for'], { reason: 'not_an_option' }],
    ['grounds', 'cost', { reason: 'not_different_options' }],
    ['grounds', ['cost', 'cost'], { reason: 'not_different_options' }],
    ['grounds', ['cost', 'fame'], { reason: 'not_different_options' }],
    ['grounds', [], { reason: 'empty' }],
    ['weight', 0, { reason: 'not_on_scale', min: 1, max: 5 }],
    ['weight', 6, { reason: 'not_on_scale', min: 1, max: 5 }],
    ['weight', 2.5, { reason: 'not_on_scale', min: 1, max: 5 }],
    ['weight', '3', { reason: 'not_on_scale', min: 1, max: 5 }],
    ['weight', Number.NaN, { reason: 'not_on_scale', min: 1, max: 5 }],
    ['why', 3, { reason: 'not_a_text' }],
    ['why', ' \n', { reason: 'empty' }],
    ['why', '12345678901', { reason: 'text_too_long', maxLength: 10 }],
  ] satisfies [string, ChoiceValue, RefusalDetails][])('[RM28] %s does not take %j', (questionId, value, details) => {
    allShown.when(submit(questionId, value), 8_000).thenRefused('invalid_choice', details);
  });

  test.each([
    ['stance', 'against'],
    ['grounds', ['risk', 'cost']],
    ['weight', 1],
    ['weight', 5],
    ['why', '1234567890'],
    ['why', '😀😀😀😀😀😀😀😀😀😀'],
  ] satisfies [string, ChoiceValue][])('[RM28] %s takes %j', (questionId, value) => {
    allShown.when(submit(questionId, value), 8_000).then([submitted(questionId, value)], { revision: 1 });
  });

  test('[RM28] optional lists may be empty', () => {
    const pages = [
      { title: '', questions: [{ id: 'any', prompt: '?', kind: 'multiple' as const, options: ['one', 'two'] }] },
    ];
    const room = givenRoom(roomDefinition({ pages }), ...running);
    room.when(submit('any', []), 6_000).then([submitted('any', [])]);
    room.when(submit('any', ['three']), 6_000).thenRefused('invalid_choice', { reason: 'not_different_options' });
  });

  test('[RM29] every answer is a revision of its own, per participant and question', () => {
    const { state } = allShown
      .when(submit('stance', 'for'), 8_000)
      .then([submitted('stance', 'for', 1)], { revision: 1 })
      .when(submit('stance', 'for'), 8_001)
      .then([submitted('stance', 'for', 2)], { revision: 2 })
      .when(submit('stance', 'against', 'p2'), 8_002)
      .then([submitted('stance', 'against', 1, 'p2')], { revision: 1 })
      .when(submit('weight', 2), 8_003)
      .then([submitted('weight', 2, 1)], { revision: 1 });
    expect(state.choices).toEqual({
      p1: {
        stance: { value: 'for', revision: 2, at: 8_001 },
        weight: { value: 2, revision: 1, at: 8_003 },
      },
      p2: { stance: { value: 'against', revision: 1, at: 8_002 } },
    });
  });

  test('[RM45] "__proto__" and "constructor" are questions only if a page asks them', () => {
    given(...running)
      .when(submit('__proto__', 'for'), 6_000)
      .thenRefused('invalid_choice', { reason: 'question_not_shown' });
    const pages = [
      { title: '', questions: [{ id: '__proto__', prompt: '?', kind: 'single' as const, options: ['yes'] }] },
    ];
    const { state } = givenRoom(roomDefinition({ pages }), ...running)
      .when(submit('__proto__', 'yes'), 6_000)
      .then([submitted('__proto__', 'yes', 1)])
      .when(submit('__proto__', 'yes'), 6_001)
      .then([submitted('__proto__', 'yes', 2)]);
    expect(Object.keys(state.choices.p1 ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).revision).toBeUndefined();
  });
});
