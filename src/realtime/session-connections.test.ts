// What a connection is sent of the commits that nobody announced to it: each once, and every page that it needs.
import { pino } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import { expect, it } from 'vitest';
import { commitsOf, givenRoom, on, roomDefinition, running, turned } from '../../test/support/room/room-scenario.ts';
import type { RoomEventMessage } from '../protocol/room-view.ts';
import { createLocalConnections } from '../rooms/presence/local-connections.ts';
import { createSessionConnection, type SessionConnection } from './session-connection.ts';
import { createSessionConnections } from './session-connections.ts';

const history = [...running, on(6_000, turned(1, 6_000)), on(7_000, turned(2, 7_000)), on(8_000, turned(3, 8_000))];
const commits = commitsOf(history);
const [LAST] = commits.slice(-1);
const stateAt = (version: number) => givenRoom(roomDefinition(), ...history.slice(0, version)).state;

/** A connection that has been sent everything up to a version, and what it is sent from then on. */
const connectionAt = (sentVersion: number) => {
  const sent: RoomEventMessage[] = [];
  const sessions = createSessionConnections({
    // Emissions to all are not looked at here.
    namespace: {} as Namespace,
    rooms: { commitsSince: async () => [], state: async () => undefined },
    connections: createLocalConnections<SessionConnection>(),
    clock: { now: () => 0 },
    voice: { of: () => new Map() },
    log: pino({ level: 'silent' }),
  });
  const socket = { emit: (_: string, message: RoomEventMessage) => sent.push(message) } as unknown as Socket;
  const connection = createSessionConnection(socket, { roomId: 'room', participantId: 'p1' });
  connection.welcome(1, sentVersion);
  return {
    sent,
    replay: (...args: [typeof commits, number]) => sessions.replay(connection, args[0], stateAt(args[1])),
  };
};
const version = LAST?.version ?? 0;
const after = (since: number) => commits.filter((commit) => commit.version > since);
const pagesOf = (sent: readonly RoomEventMessage[]) =>
  sent.map((message) => [message.version, message.pages?.map(({ index }) => index)]);

it('[CH7] two looks that overlap bring every commit once, and the pages of the turns that each of them brings', () => {
  const { sent, replay } = connectionAt(version - 3);
  replay(after(version - 3).slice(0, 2), version - 1);
  replay(after(version - 3), version);
  expect(pagesOf(sent)).toEqual([
    [version - 2, [0, 1, 2, 3]],
    [version - 1, undefined],
    [version, [0, 1, 2, 3]],
  ]);
});

it('[CH7] a commit that is newer than the state it would be shown by waits for the next look', () => {
  const { sent, replay } = connectionAt(version - 3);
  replay(after(version - 3), version - 2);
  expect(pagesOf(sent)).toEqual([[version - 2, [0, 1, 2]]]);
  replay(after(version - 3), version);
  expect(pagesOf(sent).slice(1)).toEqual([
    [version - 1, [0, 1, 2, 3]],
    [version, undefined],
  ]);
});
