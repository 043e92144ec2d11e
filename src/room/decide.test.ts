import { describe, expect, test } from 'vitest';
import { given, running, turn, turned } from '../../test/support/room/room-scenario.ts';
import type { CommandIdentity } from './commands.ts';
import { hasForgotten } from './remembered-commands.ts';

const identity = (more: Partial<CommandIdentity> = {}): CommandIdentity => ({
  participantId: 'p0',
  commandId: 'c1',
  digest: 'turn next',
  ...more,
});

describe('commands with an id', () => {
  const once = given(...running)
    .when(turn('next'), 6_000, identity())
    .then([turned(1, 6_100)], { page: 1, turnsAt: 6_100 });

  test('[RM37] a repeat changes nothing and gets the first answer', () => {
    once
      .when(turn('next'), 9_000, identity())
      .thenNothing({ page: 1, turnsAt: 6_100 })
      .when(turn('next'), 9_500, identity())
      .thenNothing({ page: 1, turnsAt: 6_100 });
  });

  test('[RM37] the same id with another body is a conflict', () => {
    once.when(turn('previous'), 9_000, identity({ digest: 'turn previous' })).thenRefused('command_id_conflict');
  });

  test('[RM37] ids are each participant’s own', () => {
    once
      .when(turn(1, { by: 'p1' }), 9_000, identity({ participantId: 'p1' }))
      .thenRefused('not_host', { command: 'turn_page' });
  });

  test('[RM37] a refusal is not remembered', () => {
    given(...running)
      .when(turn('previous'), 6_000, identity())
      .thenRefused('no_such_page', { page: -1, last: 3 })
      .when(turn('next'), 6_001, identity())
      .then([turned(1, 6_101)]);
  });

  test('[RM37] an answer that changed nothing is remembered too', () => {
    given(...running)
      .when(turn(0), 6_000, identity({ digest: 'turn 0' }))
      .thenNothing({ page: 0, turnsAt: 6_000 })
      .when(turn('next'), 7_000)
      .then([turned(1, 7_100)])
      .when(turn(0), 8_000, identity({ digest: 'turn 0' }))
      .thenNothing({ page: 0, turnsAt: 6_000 });
  });

  test('[RM45] an id such as "__proto__" is like any other', () => {
    given(...running)
      .when(turn('next'), 6_000, identity({ commandId: '__proto__' }))
      .then([turned(1, 6_100)])
      .when(turn('next'), 7_000, identity({ commandId: '__proto__' }))
      .thenNothing({ page: 1, turnsAt: 6_100 });
  });

  test('[RM37] also when many came after it; of a long debate the latest are remembered, and that there were others', () => {
    let room = once;
    const turnBack = (turns: number) => {
      const page = turns % 2 === 1 ? 1 : 0;
      const at = 6_000 + turns * 1_000;
      room = room
        .when(turn(page), at, identity({ commandId: `c${turns}`, digest: `turn ${page}` }))
        .then([turned(page, at + 100)]);
    };
    for (let turns = 2; turns <= 60; turns++) turnBack(turns);
    room.when(turn('next'), 900_000, identity()).thenNothing({ page: 1, turnsAt: 6_100 });
    expect(hasForgotten(room.state)).toBe(false);
    for (let turns = 61; turns < 400; turns++) turnBack(turns);
    room
      .when(turn(1), 900_000, identity({ commandId: 'c339', digest: 'turn 1' }))
      .thenNothing({ page: 1, turnsAt: 345_100 });
    expect(hasForgotten(room.state)).toBe(true);
    expect(room.state.commands.flatMap(Object.keys).length).toBeLessThanOrEqual(96);
  });
});
