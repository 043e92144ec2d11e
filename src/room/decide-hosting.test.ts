import { describe, expect, test } from 'vitest';
import {
  connected,
  countdown,
  DUE,
  dropped,
  EXPIRES_AT,
  ended,
  given,
  givenRoom,
  join,
  left,
  on,
  recordingStarted,
  recordingStopped,
  roomDefinition,
  running,
  seated,
} from '../../test/support/room/room-scenario.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { RoomCommand } from './commands.ts';
import { effectsOf } from './effects.ts';

const mute = (participantId: string, by = 'p0'): RoomCommand => ({ type: 'mute', by, participantId });
const unmute = (by: string): RoomCommand => ({ type: 'unmute', by });
const remove = (participantId: string, by = 'p0'): RoomCommand => ({ type: 'remove', by, participantId });
const end = (by: string): RoomCommand => ({ type: 'end', by });
const muted = (participantId: string): RoomEvent => ({ type: 'participant_muted', participantId, by: 'p0' });
const removed = (participantId: string): RoomEvent => ({ type: 'participant_removed', participantId, by: 'p0' });
const debateEnded = (reason: 'host' | 'researcher' | 'everyone_left' | 'time_limit', endedAt: number): RoomEvent => ({
  type: 'debate_ended',
  reason,
  endedAt,
});

describe('mute and remove', () => {
  test.each([mute('p2', 'p1'), remove('p2', 'p1')])('[RM20] $type is the host’s alone', (command) => {
    given(...seated)
      .when(command, 1_500)
      .thenRefused('not_host');
    given(...running)
      .when(command, 6_000)
      .thenRefused('not_host');
  });

  test.each([mute('nobody'), remove('nobody')])('[RM20] $type of somebody without a seat', (command) => {
    given(...running)
      .when(command, 6_000)
      .thenRefused('participant_not_found');
    given(...running, on(7_000, removed('p2')))
      .when({ ...command, participantId: 'p2' } as RoomCommand, 8_000)
      .thenRefused('participant_not_found');
  });

  test('[RM20] nobody without a seat commands anybody', () => {
    given(...seated)
      .when(mute('p1', 'stranger'), 1_500)
      .thenRefused('forbidden');
    given(...running, on(7_000, removed('p2')))
      .when(unmute('p2'), 8_000)
      .thenRefused('forbidden');
  });

  test('[RM20] the host cannot remove themself', () => {
    given(...running)
      .when(remove('p0'), 6_000)
      .thenRefused('forbidden');
  });

  test('[RM20] a room that is over takes neither', () => {
    for (const command of [mute('p1'), remove('p1'), unmute('p1')])
      given(...ended)
        .when(command, 61_000)
        .thenRefused('not_running');
  });

  test('[RM21] muted until unmuting oneself', () => {
    const room = given(...seated)
      .when(mute('p1'), 1_500)
      .then([muted('p1')])
      .when(mute('p1'), 1_501)
      .thenNothing();
    expect(room.state.participants.p1?.muted).toBe(true);
    room
      .when(unmute('p1'), 1_502)
      .then([{ type: 'participant_unmuted', participantId: 'p1' }])
      .when(unmute('p1'), 1_503)
      .thenNothing();
  });

  test('[RM22] a removal ends the open recording, the connection and the seat', () => {
    const { state } = given(...running, on(6_000, recordingStarted('p2', 'r2', 6_000)))
      .when(remove('p2'), 9_000)
      .then([recordingStopped('p2', 'r2', 6_000, 9_000), removed('p2')]);
    expect(state.participants.p2).toMatchObject({ standing: 'removed' });
    expect(state.participants.p2).not.toHaveProperty('connection');
    given(...seated, on(1_500, removed('p2')))
      .when(join('d'), 1_600)
      .then([
        {
          type: 'participant_joined',
          participantId: 'd',
          seat: 2,
          nickname: 'name d',
          isHost: false,
          graceUntil: 31_600,
          consent: [],
        },
      ]);
  });

  test('[RM22] somebody who has left the debate can still be removed', () => {
    given(...running, on(6_000, dropped('p2', 36_000)), on(36_000, left('p2')))
      .when(remove('p2'), 37_000)
      .then([removed('p2')]);
  });
});

describe('the end', () => {
  test('[RM34] the host or the researcher ends the debate, once', () => {
    given(...running)
      .when(end('p0'), 60_000)
      .then([debateEnded('host', 60_000)], { endedAt: 60_000 })
      .when(end('p0'), 61_000)
      .thenNothing({ endedAt: 60_000 })
      .when(end('researcher'), 62_000)
      .thenNothing({ endedAt: 60_000 });
    given(...running)
      .when(end('researcher'), 60_000)
      .then([debateEnded('researcher', 60_000)], { endedAt: 60_000 });
    given(...running)
      .when(end('p1'), 60_000)
      .thenRefused('not_host');
  });

  test('[RM34] before the start the host cannot, and the researcher closes the room', () => {
    for (const before of [seated, countdown])
      given(...before)
        .when(end('p0'), 3_000)
        .thenRefused('not_running');
    given(...seated)
      .when(end('researcher'), 3_000)
      .then([debateEnded('researcher', 3_000)], { endedAt: 3_000 })
      .when(join('d'), 3_001)
      .thenRefused('room_ended')
      .when(end('researcher'), 3_002)
      .thenNothing({ endedAt: 3_000 })
      .when(end('p0'), 3_003)
      .thenNothing({ endedAt: 3_000 });
    const { state } = given(...countdown)
      .when(end('researcher'), 3_000)
      .then([{ type: 'countdown_cancelled', reason: 'room_closed' }, debateEnded('researcher', 3_000)]);
    expect(state).not.toHaveProperty('startsAt');
    expect(effectsOf([debateEnded('researcher', 3_000)], state, 3_000)).toEqual([]);
  });

  test('[RM35] nobody is left', () => {
    const gone = ['p0', 'p1'].map((id) => dropped(id, 40_000));
    given(...running, on(10_000, ...gone), on(10_000, removed('p2')))
      .when(DUE, 40_000)
      .then([left('p0'), left('p1'), debateEnded('everyone_left', 40_000)]);
  });

  test('[RM35] the time limit has come', () => {
    const limited = roomDefinition({ settings: { timeLimitMinutes: 1 } });
    givenRoom(limited, ...running)
      .when(DUE, 64_999)
      .thenNothing()
      .when(DUE, 65_000)
      .then([debateEnded('time_limit', 65_000)]);
  });

  test('[RM36] a room that nobody starts expires', () => {
    given()
      .when(DUE, EXPIRES_AT - 1)
      .thenNothing()
      .when(DUE, EXPIRES_AT)
      .then([{ type: 'room_expired' }])
      .when(DUE, EXPIRES_AT + 1)
      .thenNothing();
  });

  test('[RM36] a countdown is let finish, and a running debate never expires', () => {
    const late = EXPIRES_AT - 1_000;
    given(
      ...seated,
      on(late, connected('p0'), connected('p1'), connected('p2'), {
        type: 'countdown_started',
        startsAt: late + 3_000,
      }),
    )
      .when(DUE, EXPIRES_AT)
      .thenNothing()
      .when(DUE, late + 3_000)
      .then([{ type: 'debate_started', startedAt: late + 3_000 }])
      .when(DUE, EXPIRES_AT * 2)
      .thenNothing();
  });
});
