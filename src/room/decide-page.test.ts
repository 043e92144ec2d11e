import { describe, expect, test } from 'vitest';
import {
  connected,
  countdown,
  dropped,
  ended,
  given,
  hostChanged,
  left,
  on,
  running,
  turn,
  turned,
} from '../../test/support/room/room-scenario.ts';

describe('page turns', () => {
  test('[RM23] only the host, and only while the debate is running', () => {
    given(...running)
      .when(turn('next', { by: 'p1' }), 6_000)
      .thenRefused('not_host', { command: 'turn_page' });
    given(...countdown)
      .when(turn('next', { by: 'p1' }), 3_000)
      .thenRefused('not_host', { command: 'turn_page' });
    given(...countdown)
      .when(turn('next'), 3_000)
      .thenRefused('not_running');
    given(...ended)
      .when(turn('next'), 61_000)
      .thenRefused('not_running');
    given(...running)
      .when(turn('next', { by: 'stranger' }), 6_000)
      .thenRefused('forbidden');
  });

  test('[RM23] the old host turns no page after the hand-over, although still in the room', () => {
    given(
      ...running,
      on(6_000, dropped('p0', 36_000)),
      on(36_000, left('p0'), hostChanged('p1', 'p0')),
      on(37_000, connected('p0', 2)),
    )
      .when(turn(1), 38_000)
      .thenRefused('not_host', { command: 'turn_page' })
      .when(turn(1, { by: 'p1' }), 38_000)
      .then([turned(1, 38_100, 'p1')]);
  });

  test('[RM24] are announced ahead, and the instant never decreases', () => {
    given(...running)
      .when(turn('next', { leadMs: 300 }), 6_000)
      .then([turned(1, 6_300)], { page: 1, turnsAt: 6_300 })
      .when(turn('next', { leadMs: 30 }), 6_010)
      .then([turned(2, 6_300)], { page: 2, turnsAt: 6_300 })
      .when(turn('previous', { leadMs: 30 }), 6_400)
      .then([turned(1, 6_430)], { page: 1, turnsAt: 6_430 });
  });

  test('[RM25] from a page that is no longer shown', () => {
    const room = given(...running, on(6_000, turned(1, 6_100)));
    room.when(turn('next', { expectedPage: 0 }), 7_000).thenRefused('page_changed', { page: 1 });
    room.when(turn('next', { expectedPage: 1 }), 7_000).then([turned(2, 7_100)]);
    room.when(turn(99, { expectedPage: 0 }), 7_000).thenRefused('page_changed', { page: 1 });
  });

  test('[RM25] to a page that does not exist', () => {
    const room = given(...running);
    room.when(turn('previous'), 6_000).thenRefused('no_such_page', { page: -1, last: 3 });
    room.when(turn(4), 6_000).thenRefused('no_such_page', { page: 4, last: 3 });
    given(...running, on(6_000, turned(3, 6_100)))
      .when(turn('next'), 7_000)
      .thenRefused('no_such_page', { page: 4, last: 3 });
  });

  test('[RM26] to the current page change nothing', () => {
    given(...running)
      .when(turn(0), 6_000)
      .thenNothing({ page: 0, turnsAt: 6_000 });
    given(...running, on(6_000, turned(2, 6_100)))
      .when(turn(2), 9_000)
      .thenNothing({ page: 2, turnsAt: 6_100 });
  });

  test('[RM41] the furthest page shown is remembered when turning back', () => {
    const { state } = given(...running, on(6_000, turned(2, 6_100)), on(7_000, turned(0, 7_100)));
    expect(state).toMatchObject({ page: 0, shownUpTo: 2 });
  });
});
