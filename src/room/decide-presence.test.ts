import { describe, expect, test } from 'vitest';
import {
  connect,
  connected,
  countdown,
  DUE,
  dropped,
  ended,
  given,
  hostChanged,
  left,
  on,
  recordingStarted,
  recordingStopped,
  running,
  seated,
  turn,
  turned,
} from '../../test/support/room/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { RoomCommand } from './commands.ts';

const drop = (by: string, epoch = 1): RoomCommand => ({ type: 'disconnect', by, epoch });
const cancelled = (reason: 'participant_disconnected' | 'missed'): RoomEvent => ({
  type: 'countdown_cancelled',
  reason,
});
const counting = (startsAt: number): RoomEvent => ({ type: 'countdown_started', startsAt });

describe('connections', () => {
  test('[RM8] the newest wins, and the end of an older one changes nothing', () => {
    given(...seated)
      .when(connect('p0'), 2_000)
      .then([connected('p0', 1)], { epoch: 1 })
      .when(connect('p0', 'other boot'), 2_001)
      .then([connected('p0', 2, 'other boot')], { epoch: 2 })
      .when(drop('p0', 1), 2_002)
      .thenNothing()
      .when(drop('p0', 2), 2_003)
      .then([dropped('p0', 32_003, 2)])
      .when(drop('p0', 2), 2_004)
      .thenNothing()
      .when(connect('p0'), 2_005)
      .then([connected('p0', 3)], { epoch: 3 });
  });

  test('[RM9] who comes back within the grace period has kept seat and presence', () => {
    const { state } = given(...running, on(10_000, dropped('p1', 40_000)))
      .when(DUE, 39_999)
      .thenNothing()
      .when(connect('p1'), 39_999)
      .then([connected('p1', 2)])
      .when(DUE, 40_000)
      .thenNothing();
    expect(state.participants.p1).toMatchObject({ seat: 1, standing: 'seated', presentSince: 2_001 });
    expect(state.participants.p1).not.toHaveProperty('graceUntil');
  });

  test('[RM10] past the grace period a debate keeps the seat for its owner', () => {
    const { state } = given(...running, on(10_000, dropped('p1', 40_000)))
      .when(DUE, 40_000)
      .then([left('p1')])
      .when(connect('p1'), 50_000)
      .then([connected('p1', 2)], { epoch: 2 });
    expect(state.participants.p1).toMatchObject({ seat: 1, standing: 'seated', presentSince: 50_000 });
  });

  test('[RM10] before the start the seat is free', () => {
    const { state } = given(...seated, on(2_000, connected('p1')), on(3_000, dropped('p1', 33_000)))
      .when(DUE, 33_000)
      .then([left('p0', 'never_connected'), left('p1'), left('p2', 'never_connected')]);
    expect(state.participants.p1).toMatchObject({ standing: 'left', seatGivenUp: true });
    expect(state).not.toHaveProperty('hostId');
  });

  test('[RM12] a process that is gone takes exactly its own connections with it', () => {
    given(
      ...seated,
      on(2_000, connected('p0', 1, 'dead')),
      on(2_001, connected('p1', 1, 'dead')),
      on(2_002, connected('p1', 2)),
    )
      .when({ type: 'lose_connections', bootId: 'dead' }, 9_000)
      .then([dropped('p0', 39_000)])
      .when({ type: 'lose_connections', bootId: 'dead' }, 9_001)
      .thenNothing();
    given(...countdown)
      .when({ type: 'lose_connections', bootId: 'boot' }, 3_000)
      .then([
        dropped('p0', 33_000),
        dropped('p1', 33_000),
        dropped('p2', 33_000),
        cancelled('participant_disconnected'),
      ]);
  });

  test('[RM13] a room that is over knows no more coming and going', () => {
    given(...ended)
      .when(drop('p1'), 61_000)
      .thenNothing()
      .when(connect('p1'), 62_000)
      .thenNothing({ epoch: 1 })
      .when({ type: 'lose_connections', bootId: 'boot' }, 63_000)
      .thenNothing()
      .when(DUE, 1e12)
      .thenNothing();
  });

  test('[RM46] what comes by a connection that no longer counts changes nothing', () => {
    const by = (participantId: string, epoch: number) => ({ participantId, epoch });
    const again = given(...running, on(10_000, connected('p0', 2)));
    again.when(turn(2), 11_000, undefined, by('p0', 1)).thenRefused('unavailable');
    again.when(turn(2), 11_000, undefined, by('p0', 2)).then([turned(2, 11_100)]);
    given(...running, on(10_000, dropped('p0', 40_000)))
      .when(turn(2), 11_000, undefined, by('p0', 1))
      .thenRefused('unavailable');
    given(...running)
      .when(turn(2), 11_000, undefined, by('__proto__', 1))
      .thenRefused('unavailable');
  });

  test('[RM46] a room that is over goes by the newest connection it has known', () => {
    const stop: RoomCommand = { type: 'stop_recording', by: 'p1', recordingId: 'r' };
    const recorded = [...running, on(6_000, recordingStarted('p1', 'r', 6_000)), on(9_000, connected('p1', 2))];
    const over = given(...recorded, on(60_000, { type: 'debate_ended', reason: 'host', endedAt: 60_000 }));
    over.when(stop, 61_000, undefined, { participantId: 'p1', epoch: 1 }).thenRefused('unavailable');
    over
      .when(stop, 61_000, undefined, { participantId: 'p1', epoch: 2 })
      .then([recordingStopped('p1', 'r', 6_000, 61_000)]);
  });

  test('[RM8] nobody connects as a stranger', () => {
    given(...seated)
      .when(connect('stranger'), 2_000)
      .thenRefused('participant_not_found');
    given(...seated)
      .when(drop('stranger'), 2_000)
      .thenNothing();
  });
});

describe('countdown', () => {
  test('[RM14] starts the moment the last seat is connected', () => {
    given(...seated)
      .when(connect('p2'), 2_000)
      .then([connected('p2')])
      .when(connect('p2'), 2_001)
      .then([connected('p2', 2)])
      .when(connect('p1'), 2_002)
      .then([connected('p1')])
      .when(connect('p0'), 2_003)
      .then([connected('p0'), counting(5_003)]);
  });

  test('[RM15] a drop cancels it, the return starts a new one', () => {
    const { state } = given(...countdown)
      .when(drop('p1'), 4_999)
      .then([dropped('p1', 34_999), cancelled('participant_disconnected')])
      .when(DUE, 5_000)
      .thenNothing()
      .when(connect('p1'), 6_000)
      .then([connected('p1', 2), counting(9_000)]);
    expect(state).toMatchObject({ phase: 'countdown', startsAt: 9_000 });
  });

  test('[RM15] a removal cancels it', () => {
    given(...countdown)
      .when({ type: 'remove', by: 'p0', participantId: 'p2' }, 4_000)
      .then([
        { type: 'participant_removed', participantId: 'p2', by: 'p0' },
        { type: 'countdown_cancelled', reason: 'participant_removed' },
      ]);
  });

  test('[RM16] the debate starts at startsAt, and only once', () => {
    const room = given(...countdown)
      .when(DUE, 4_999)
      .thenNothing()
      .when(DUE, 5_120)
      .then([{ type: 'debate_started', startedAt: 5_000 }])
      .when(DUE, 5_121)
      .thenNothing();
    expect(room.state).toMatchObject({ phase: 'running', startedAt: 5_000 });
  });

  test('[RM16] a connection replaced during the countdown does not disturb it', () => {
    given(...countdown)
      .when(connect('p1'), 4_000)
      .then([connected('p1', 2)])
      .when(drop('p1', 1), 4_001)
      .thenNothing()
      .when(DUE, 5_500)
      .then([{ type: 'debate_started', startedAt: 5_000 }]);
  });

  test('[RM17] a missed start is counted down anew', () => {
    given(...countdown)
      .when(DUE, 5_501)
      .then([cancelled('missed'), counting(8_501)]);
  });
});

describe('host', () => {
  test('[RM18] the longest present takes over when the grace period of the host is over', () => {
    given(
      ...running,
      on(6_000, dropped('p1', 36_000)),
      on(7_000, connected('p1', 2)),
      on(10_000, dropped('p0', 40_000)),
    )
      .when(DUE, 39_999)
      .thenNothing()
      .when(DUE, 40_000)
      .then([left('p0'), hostChanged('p1', 'p0')]);
  });

  test('[RM18] whoever had left begins a new presence; of equals the lower seat', () => {
    given(
      ...running,
      on(6_000, dropped('p1', 36_000)),
      on(36_000, left('p1')),
      on(37_000, connected('p1', 2)),
      on(40_000, dropped('p0', 70_000)),
    )
      .when(DUE, 70_000)
      .then([left('p0'), hostChanged('p2', 'p0')]);
    given(...seated, on(2_000, connected('p2')), on(2_000, connected('p1')))
      .when(DUE, 31_000)
      .then([left('p0', 'never_connected'), hostChanged('p1', 'p0')]);
  });

  test('[RM19] before the start the lowest seat, if nobody is connected', () => {
    given(seated[0] ?? on(0), on(2_000, ...(seated[1]?.events ?? [])), on(2_000, ...(seated[2]?.events ?? [])))
      .when(DUE, 31_000)
      .then([left('p0', 'never_connected'), hostChanged('p1', 'p0')]);
  });

  const hostGoneAlone = [
    ...running,
    on(10_000, dropped('p0', 40_000)),
    on(20_000, dropped('p1', 50_000)),
    on(20_000, dropped('p2', 50_000)),
  ];

  test('[RM19] in a debate with nobody connected the first who connects', () => {
    given(...hostGoneAlone)
      .when(DUE, 40_000)
      .then([left('p0')])
      .when(connect('p2'), 41_000)
      .then([connected('p2', 2), hostChanged('p2', 'p0')])
      .when(connect('p0'), 42_000)
      .then([connected('p0', 2)]);
  });

  test('[RM19] the old host stays host if it is the first', () => {
    const { state } = given(...hostGoneAlone)
      .when(DUE, 40_000)
      .then([left('p0')])
      .when(connect('p0'), 41_000)
      .then([connected('p0', 2)]);
    expect(state.hostId).toBe('p0');
  });
});
