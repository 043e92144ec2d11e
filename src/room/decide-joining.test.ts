import { describe, expect, test } from 'vitest';
import {
  connect,
  connected,
  countdown,
  DUE,
  dropped,
  EXPIRES_AT,
  ended,
  given,
  givenRoom,
  join,
  joined,
  left,
  on,
  roomDefinition,
  running,
  seated,
} from '../../test/support/room/room-scenario.ts';
import { PARTICIPANTS_PER_ROOM } from '../protocol/ceilings.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { decide } from './decide.ts';

const joinedAs = (at: number, participantId: string, seat: number, isHost = false, more: object = {}): RoomEvent => ({
  type: 'participant_joined',
  participantId,
  seat,
  nickname: `name ${participantId}`,
  isHost,
  graceUntil: at + 30_000,
  consent: [],
  ...more,
});
const removed: RoomEvent = { type: 'participant_removed', participantId: 'p2', by: 'p0' };

describe('seats', () => {
  test('[RM1] are given from the lowest; the first to come is host', () => {
    given()
      .when(join('a'), 10)
      .then([joinedAs(10, 'a', 0, true)], { participantId: 'a' })
      .when(join('b', { externalId: 'E', joinKey: 'K' }), 20)
      .then([joinedAs(20, 'b', 1, false, { externalId: 'E', joinKey: 'K' })], { participantId: 'b' });
  });

  test('[RM1] a seat that became free is given first', () => {
    given(...seated, on(40_000, left('p1', 'never_connected')))
      .when(join('d'), 41_000)
      .then([joinedAs(41_000, 'd', 1)]);
  });

  test('[RM1] whoever comes into an emptied room is host', () => {
    given(on(0, joined(0)), on(30_000, left('p0', 'never_connected')))
      .when(join('b'), 31_000)
      .then([joinedAs(31_000, 'b', 0, true)]);
  });

  test('[RM3] a full room refuses newcomers, in every phase', () => {
    given(...seated)
      .when(join('d'), 1_500)
      .thenRefused('room_full');
    given(...countdown)
      .when(join('d'), 3_000)
      .thenRefused('room_full');
    given(...running)
      .when(join('d'), 6_000)
      .thenRefused('room_full');
  });

  test('[RM3] a seat freed by a removal is not given again after the start', () => {
    given(...running, on(9_000, removed))
      .when(join('d'), 10_000)
      .thenRefused('room_full');
  });
});

describe('coming back', () => {
  const known = given(on(0, joined(0)), on(1, joined(1, { externalId: 'E', joinKey: 'K' })), on(2, joined(2)));

  test('[RM2] the token, the external id or the join key opens the same seat, in this order', () => {
    known.when(join('x', { externalId: 'E' }), 10).thenNothing({ participantId: 'p1' });
    known.when(join('x', { joinKey: 'K' }), 10).thenNothing({ participantId: 'p1' });
    known.when(join('x', { knownAs: 'p2', externalId: 'E' }), 10).thenNothing({ participantId: 'p2' });
    known.when(join('x', { externalId: 'E', joinKey: 'other' }), 10).thenNothing({ participantId: 'p1' });
  });

  test('[JN16] what is nobody’s id opens no seat, is kept for the researcher, and goes when an id comes', () => {
    const unusableId = '{{%PROLIFIC_PID%}}';
    const first = given(on(0, joined(0, { unusableId, joinKey: 'K' })));
    first
      .when(join('b', { unusableId, joinKey: 'L' }), 10)
      .then([joinedAs(10, 'b', 1, false, { unusableId, joinKey: 'L' })], { participantId: 'b' });
    const back = given(on(0, joined(0, { unusableId, joinKey: 'K' })), on(1, left('p0', 'never_connected')));
    back
      .when(join('x', { joinKey: 'K', externalId: 'E' }), 10)
      .then([joinedAs(10, 'p0', 0, true, { nickname: 'name x', externalId: 'E', joinKey: 'K' })], {
        participantId: 'p0',
      });
  });

  test('[RM2] a token of nobody here counts for nothing', () => {
    known.when(join('x', { knownAs: 'nobody', joinKey: 'K' }), 10).thenNothing({ participantId: 'p1' });
    known.when(join('x', { knownAs: 'nobody' }), 10).thenRefused('room_full');
  });

  test('[RM45] a token of "__proto__" is a token of nobody', () => {
    given()
      .when(join('a', { knownAs: '__proto__' }), 10)
      .then([joinedAs(10, 'a', 0, true)]);
    given(...seated)
      .when(connect('__proto__'), 2_000)
      .thenRefused('participant_not_found');
    given(...seated)
      .when(connect('constructor'), 2_000)
      .thenRefused('participant_not_found');
  });

  test('[RM2] who left a running debate still has the seat', () => {
    given(...running, on(10_000, dropped('p1', 40_000)), on(40_000, left('p1')))
      .when(join('x', { knownAs: 'p1' }), 50_000)
      .thenNothing({ participantId: 'p1' });
  });

  test('[RM7] who gave up the seat before the start takes the same one again as the same participant', () => {
    given(on(0, joined(0)), on(1, joined(1, { joinKey: 'K' })), on(30_001, left('p1', 'never_connected')))
      .when(join('x', { joinKey: 'K', nickname: 'new name' }), 40_000)
      .then([joined(1, { graceUntil: 70_000, joinKey: 'K', nickname: 'new name' })], { participantId: 'p1' });
  });

  test('[RM7] another seat if the old one is taken, and none if all are', () => {
    const gone = [on(0, joined(0)), on(1, joined(1)), on(30_001, left('p1', 'never_connected'))];
    const taken = given(...gone, on(30_002, joinedAs(30_002, 'd', 1)));
    taken
      .when(join('x', { knownAs: 'p1' }), 30_003)
      .then([joined(2, { graceUntil: 60_003, participantId: 'p1', nickname: 'name x' })]);
    taken
      .when(connect('p1'), 30_003)
      .then([joined(2, { graceUntil: 60_003, participantId: 'p1', nickname: 'name 1' }), connected('p1')], {
        epoch: 1,
      });
    const full = given(...gone, on(30_002, joinedAs(30_002, 'd', 1)), on(30_002, joinedAs(30_002, 'e', 2)));
    full.when(join('x', { knownAs: 'p1' }), 30_003).thenRefused('room_full');
    full.when(connect('p1'), 30_003).thenRefused('removed');
  });

  test('[RM7] the seat is held for another grace period and epochs go on', () => {
    const room = given(on(0, joined(0)), on(1, connected('p0')), on(2, dropped('p0', 30_002)), on(30_002, left('p0')))
      .when(connect('p0'), 40_000)
      .then([joined(0, { graceUntil: 70_000 }), connected('p0', 2)], { epoch: 2 });
    expect(room.state.participants.p0).toMatchObject({ standing: 'seated', joinedAt: 40_000, presentSince: 40_000 });
    expect(room.state.participants.p0).not.toHaveProperty('seatGivenUp');
  });

  test('[RM8] epochs go on when the seat is taken again by joining', () => {
    given(
      on(0, joined(0, { joinKey: 'K' })),
      on(1, connected('p0')),
      on(2, dropped('p0', 30_002)),
      on(30_002, left('p0')),
    )
      .when(join('x', { joinKey: 'K', nickname: 'name 0' }), 40_000)
      .then([joined(0, { graceUntil: 70_000, joinKey: 'K' })])
      .when(connect('p0'), 40_001)
      .then([connected('p0', 2)], { epoch: 2 });
  });

  test('[RM7] who gave up the seat has none in the debate of the others', () => {
    const others = given(on(0, joinedAs(0, 'gone', 0)), on(1, left('gone', 'never_connected')), ...running);
    others.when(connect('gone'), 6_000).thenRefused('removed');
    others.when(join('x', { knownAs: 'gone' }), 6_000).thenRefused('room_full');
  });

  test('[RM6] who was removed stays out', () => {
    const room = given(...seated, on(2_000, { ...removed }));
    room.when(join('x', { knownAs: 'p2' }), 3_000).thenRefused('removed');
    room.when(connect('p2'), 3_000).thenRefused('removed');
  });
});

describe('consent', () => {
  const consent = [
    { id: 'audio', text: 'Recording' },
    { id: 'quotes', text: 'Quotes', required: false },
  ];
  const room = givenRoom(roomDefinition({ settings: { consent } }));

  test('[RM4] missing items are named, optional ones are not asked for', () => {
    room.when(join('a', { consent: ['quotes'] }), 10).thenRefused('consent_required', { missing: ['audio'] });
    room
      .when(join('a', { consent: ['audio', 'audio'] }), 10)
      .then([joinedAs(10, 'a', 0, true, { consent: ['audio'] })]);
  });

  test('[RM4] an item that does not exist is passed over and not kept', () => {
    room.when(join('a', { consent: ['audio', 'soul'] }), 10).then([joinedAs(10, 'a', 0, true, { consent: ['audio'] })]);
  });

  test('[RM4] is not asked for twice', () => {
    const again = givenRoom(
      roomDefinition({ settings: { consent } }),
      on(0, joined(0, { consent: ['audio'] })),
      on(30_000, left('p0', 'never_connected')),
    );
    again
      .when(join('x', { knownAs: 'p0', consent: ['quotes'] }), 40_000)
      .then([joined(0, { graceUntil: 70_000, nickname: 'name x', consent: ['audio', 'quotes'] })]);
  });
});

describe('closed rooms', () => {
  test('[RM5] an ended room takes nobody new but knows its own', () => {
    given(...ended)
      .when(join('d'), 61_000)
      .thenRefused('room_ended');
    given(...ended)
      .when(join('x', { knownAs: 'p1' }), 61_000)
      .thenNothing({ participantId: 'p1' });
  });

  test('[RM5] a room whose time is over takes nobody new, also before its expiry was committed', () => {
    given(...seated.slice(0, 1))
      .when(join('d'), EXPIRES_AT - 1)
      .then([joinedAs(EXPIRES_AT - 1, 'd', 1)]);
    given(...seated.slice(0, 1))
      .when(join('d'), EXPIRES_AT)
      .thenRefused('room_expired');
    given(on(5, { type: 'room_expired' }))
      .when(join('d'), 6)
      .thenRefused('room_expired');
    given(...seated)
      .when(join('x', { knownAs: 'p0' }), EXPIRES_AT)
      .thenNothing({ participantId: 'p0' });
  });

  test('[RM11] the seat of somebody who never connected is free again', () => {
    given(on(1_000, joined(0)))
      .when(DUE, 30_999)
      .thenNothing()
      .when(DUE, 31_000)
      .then([left('p0', 'never_connected')])
      .when(join('b'), 31_001)
      .then([joinedAs(31_001, 'b', 0, true)]);
  });
});

describe('[CE4] the people who ever had a seat', () => {
  const come = (index: number) => [on(index, joinedAs(index, `n${index}`, 0)), on(index, left(`n${index}`))];
  const came = (count: number) => Array.from({ length: count }, (_, index) => come(index)).flat();

  test('have a limit per room, and who was there before it comes back', () => {
    expect(decide(given(...came(PARTICIPANTS_PER_ROOM - 1)).state, join('new'), 1_000).ok).toBe(true);
    const full = given(...came(PARTICIPANTS_PER_ROOM));
    full.when(join('new'), 1_000).thenRefused('room_full');
    expect(decide(full.state, join('x', { knownAs: 'n3' }), 1_000)).toMatchObject({ answer: { participantId: 'n3' } });
  });
});
