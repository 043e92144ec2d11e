import { describe, expect, test } from 'vitest';
import { given, running, turn, turned } from '../../test/support/room/room-scenario.ts';
import { isAnswerTo } from './answers.ts';

describe('a remembered answer', () => {
  test('[RM37] is one to its type of command when every field is there, whatever a later build has added', () => {
    expect(isAnswerTo('turn_page', { page: 1, turnsAt: 6_100 })).toBe(true);
    expect(isAnswerTo('turn_page', { page: 1, turnsAt: 6_100, by: 'p0' })).toBe(true);
    expect(isAnswerTo('mute', {})).toBe(true);
    expect(isAnswerTo('turn_page', { page: 1 })).toBe(false);
    expect(isAnswerTo('turn_page', { page: '1', turnsAt: 6_100 })).toBe(false);
    expect(isAnswerTo('join', { epoch: 3 })).toBe(false);
  });

  test('[RM37] of another shape, under the id and the digest of this command, is a conflict and no answer', () => {
    const identity = { participantId: 'p0', commandId: 'c1', digest: 'the same' };
    given(...running)
      .when(turn('next'), 6_000, identity)
      .then([turned(1, 6_100)])
      .when({ type: 'end', by: 'p0' }, 7_000, identity)
      .thenRefused('command_id_conflict');
  });
});
