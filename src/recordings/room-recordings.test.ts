import { expect, it } from 'vitest';
import { givenRoom, joined, on, roomDefinition } from '../../test/support/room/room-scenario.ts';
import { audioAllowanceOf } from './audio-allowance.ts';
import type { StoredRecording } from './ports.ts';
import { createRoomRecordings } from './room-recordings.ts';

const takeOf = (take: number, mimeType: string, bytes: number): StoredRecording => ({
  id: `r${take}`,
  roomId: 'room',
  participantId: 'p0',
  take,
  mimeType,
  path: `room/${take}`,
  startedAt: 1,
  endedAt: 2,
  bytes,
});

/** What is told of somebody whose takes these are. */
const flagOf = async (...takes: StoredRecording[]) => {
  const { state } = givenRoom(roomDefinition({ settings: { timeLimitMinutes: 60 } }), on(0, joined(0)));
  const recordingsOf = createRoomRecordings({
    ledger: { recordingsOfRoom: async () => takes, chunksOfRoom: async () => new Map() },
    now: () => 10,
  });
  const [item] = await recordingsOf(state);
  return item?.oversized;
};

const coded = audioAllowanceOf('audio/webm', 60).expectedBytes;
const samples = audioAllowanceOf('audio/pcm;rate=48000', 60).expectedBytes;

it.each([
  ['nothing', [], undefined],
  ['a whole debate', [takeOf(0, 'audio/webm', coded)], undefined],
  ['a byte more', [takeOf(0, 'audio/webm', coded + 1)], true],
  ['a byte more, in two takes', [takeOf(0, 'audio/webm', coded), takeOf(1, 'audio/webm', 1)], true],
  ['samples, of which there are more', [takeOf(0, 'audio/webm', 1), takeOf(1, 'audio/pcm', samples - 1)], undefined],
] as const)(
  '[RC13] the recordings of a room say of %s whether that is more than a debate can be',
  async (_, takes, flag) => {
    expect(await flagOf(...takes)).toBe(flag);
  },
);

it('[JB3] a take of who was removed is no longer waited for', async () => {
  const room = givenRoom(roomDefinition(), on(0, joined(0)), on(1, joined(1)));
  const statusOf = async (state: typeof room.state) => {
    const recordingsOf = createRoomRecordings({
      ledger: { recordingsOfRoom: async () => [takeOf(0, 'audio/webm', 1)], chunksOfRoom: async () => new Map() },
      now: () => 10,
    });
    return (await recordingsOf(state))[0]?.takes[0]?.status;
  };
  expect(await statusOf(room.state)).toBe('uploading');
  const removed = on(2, { type: 'participant_removed', participantId: 'p0', by: 'p1' });
  const after = givenRoom(roomDefinition(), on(0, joined(0)), on(1, joined(1)), removed);
  expect(await statusOf(after.state)).toBe('incomplete');
});
