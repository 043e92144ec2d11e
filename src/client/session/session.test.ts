import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { RoomEventMessage, RoomSnapshot } from '../../protocol/room-view.ts';
import { createRoomClock } from '../clock/clock.ts';
import { createClockSync } from '../clock/clock-sync.ts';
import { createSession } from './session.ts';

const snapshot = (version: number): RoomSnapshot => ({
  version,
  serverTime: 0,
  room: {
    id: 'room',
    code: 'CODE',
    title: 'T',
    phase: 'running',
    page: 0,
    pageCount: 5,
    language: 'en',
    self: 'me',
    pages: [],
    participants: [],
    choices: {},
    settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, record: true },
  },
});
const commit = (version: number): RoomEventMessage => ({
  version,
  at: version,
  events: [{ type: 'page_turned', page: version, turnsAt: version, by: 'host' }],
});

/** A session and its pings against a server that is at `version`, and answers syncs with `commits`. */
const createScene = () => {
  const time = createVirtualTime();
  const syncs: unknown[] = [];
  const server = { version: 1, commits: [] as RoomEventMessage[] };
  const session = createSession({
    time,
    random: () => 0.5,
    createId: () => 'id',
    emit(name, body, ack = () => {}) {
      const answer = ack as (answer: object) => void;
      if (name === 'clock:ping') answer({ ok: true, serverTime: time.now(), version: server.version });
      if (name !== 'room:sync') return;
      syncs.push(body);
      answer({ ok: true, commits: server.commits });
    },
    listeners: { onRoom() {}, onReplaced() {}, onRefused() {}, onPending() {}, onSilence() {} },
  });
  const clockSync = createClockSync({
    clock: createRoomClock(() => time.now(), 0),
    time,
    random: () => 0.5,
    ping: (answered) => session.tell('clock:ping', {}, (answer) => answer.ok && answered(answer)),
    report() {},
    onSample: (version) => session.noteVersion(version),
    onTimeout() {},
  });
  session.up();
  session.message('room:snapshot', snapshot(1));
  clockSync.start();
  const pass = (ms: number) => time.runUntil(time.now() + ms);
  pass(1_000);
  return { session, server, syncs, pass };
};
/** The longest pause between two pings is 12 s; here it is 8 s. */
const NEXT_PING_MS = 8_000;

describe('a version that only a ping tells', () => {
  test('[CL3] is asked for when it stays away, and then it is here', () => {
    const { session, server, syncs, pass } = createScene();
    server.version = 3;
    server.commits = [commit(2), commit(3)];
    pass(NEXT_PING_MS);
    expect(session.replica.version).toBe(3);
    expect(syncs).toEqual([{ since: 1 }]);
    pass(10 * NEXT_PING_MS);
    expect(syncs).toHaveLength(1);
  });

  test('[CL3] is not asked for when its commit was only on its way', () => {
    const { session, server, syncs, pass } = createScene();
    server.version = 2;
    for (let ms = 0; ms < NEXT_PING_MS && !session.replica.needsSync; ms += 1) pass(1);
    expect(session.replica.needsSync).toBe(true);
    pass(100);
    session.message('room:event', commit(2));
    pass(10 * NEXT_PING_MS);
    expect(session.replica.version).toBe(2);
    expect(syncs).toEqual([]);
  });

  test('[CL3] is asked for again at the next ping when the server could not give it yet', () => {
    const { session, server, syncs, pass } = createScene();
    server.version = 2;
    pass(NEXT_PING_MS);
    expect(session.replica.version).toBe(1);
    expect(syncs).toHaveLength(1);
    server.commits = [commit(2)];
    pass(NEXT_PING_MS);
    expect(session.replica.version).toBe(2);
    expect(syncs).toHaveLength(2);
  });
});
