import { describe, expect, test } from 'vitest';
import { given, on, roomDefinition, running, turned } from '../../test/support/room/room-scenario.ts';
import { COMMIT_WEIGHT, JOURNAL_SHARE } from '../protocol/ceilings.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { decide } from './decide.ts';
import { fold } from './evolve.ts';

const LONG = 'x'.repeat(10_000);
const answered = (revision: number, participantId: string): RoomEvent => ({
  type: 'choice_submitted',
  participantId,
  questionId: 'reason',
  value: LONG,
  revision,
});
const answers = (count: number, participantId = 'p1') =>
  Array.from({ length: count }, (_, index) => on(6_000, answered(index + 1, participantId)));
const FULL = Math.ceil(JOURNAL_SHARE / (LONG.length + COMMIT_WEIGHT));
const submit = (by: string) => ({ type: 'submit_choice', by, questionId: 'stance', value: 'for' }) as const;

describe('[CE4] the share of one participant in the journal', () => {
  test('is used up by answers, and is nobody else’s', () => {
    const shown = [...running, on(6_000, turned(2, 6_100))];
    expect(decide(given(...shown, ...answers(FULL - 1)).state, submit('p1'), 7_000).ok).toBe(true);
    given(...shown, ...answers(FULL))
      .when(submit('p1'), 7_000)
      .thenRefused('participant_limit');
    expect(decide(given(...shown, ...answers(FULL)).state, submit('p2'), 7_000).ok).toBe(true);
  });

  test('does not keep a host from ending the debate', () => {
    const { state } = given(...running, ...answers(FULL, 'p0'));
    expect(decide(state, { type: 'turn_page', by: 'p0', to: 'next', leadMs: 30 }, 7_000).ok).toBe(false);
    expect(decide(state, { type: 'end', by: 'p0' }, 7_000).ok).toBe(true);
  });

  test('leaves an honest typist of three hours alone', () => {
    expect(3 * 1_800 * (5_000 + COMMIT_WEIGHT)).toBeLessThan(JOURNAL_SHARE);
    expect(fold(roomDefinition(), []).shares).toEqual({});
  });
});
