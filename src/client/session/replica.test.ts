import { describe, expect, test } from 'vitest';
import type { RoomEvent } from '../../protocol/room-events.ts';
import type { RoomSnapshot, RoomView } from '../../protocol/room-view.ts';
import { createReplica } from './replica.ts';

const ROOM: RoomView = {
  id: 'room',
  code: 'CODE',
  title: 'T',
  phase: 'running',
  page: 0,
  pageCount: 5,
  language: 'en',
  self: 'me',
  pages: [{ index: 0, title: 'p0', body: '', questions: [] }],
  participants: [],
  choices: {},
  settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, record: true },
};
const snapshot = (version: number, page = 0): RoomSnapshot => ({ version, serverTime: 0, room: { ...ROOM, page } });
const turn = (page: number): RoomEvent => ({ type: 'page_turned', page, turnsAt: page * 100, by: 'host' });
const commit = (version: number, ...events: RoomEvent[]) => ({ version, at: version, events });
const versionsOf = (commits: readonly { version: number }[]) => commits.map(({ version }) => version);

describe('the replica', () => {
  test('[CL2] applies each commit once, in order, whatever the order of arrival', () => {
    const replica = createReplica();
    replica.applySnapshot(snapshot(1));
    expect(versionsOf(replica.applyCommit(commit(3, turn(3))))).toEqual([]);
    expect(versionsOf(replica.applyCommit(commit(4, turn(4))))).toEqual([]);
    expect(replica.view?.page).toBe(0);
    expect(versionsOf(replica.applyCommit(commit(2, turn(2))))).toEqual([2, 3, 4]);
    expect(versionsOf(replica.applyCommit(commit(3, turn(3))))).toEqual([]);
    expect(replica.view?.page).toBe(4);
    expect(replica.version).toBe(4);
  });

  test('[CL2] the pages of commits that were missed arrive with the first turn, also when that turn is here already', () => {
    const page = (index: number) => ({ index, title: `p${index}`, body: '', questions: [] });
    const replica = createReplica();
    replica.applySnapshot(snapshot(1));
    // Announced while the commit before it was missing.
    replica.applyCommit({ ...commit(3, turn(1)), pages: [page(1), page(2)] });
    replica.applyCommit(commit(2));
    // What was asked for meanwhile.
    replica.applyCommit({ ...commit(3, turn(1)), pages: [0, 1, 2, 3, 4].map(page) });
    replica.applyCommit(commit(4, turn(4)));
    expect(replica.view?.page).toBe(4);
    expect(replica.view?.pages.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('[CL3] a gap and a version heard of are noticed until they are filled', () => {
    const replica = createReplica();
    replica.applySnapshot(snapshot(1));
    expect(replica.needsSync).toBe(false);
    replica.applyCommit(commit(3, turn(3)));
    expect(replica.needsSync).toBe(true);
    replica.applyCommit(commit(2, turn(2)));
    expect(replica.needsSync).toBe(false);
    expect(replica.noteVersion(3)).toBe(false);
    expect(replica.noteVersion(5)).toBe(true);
    expect(replica.needsSync).toBe(true);
    replica.applySnapshot(snapshot(5, 1));
    expect(replica.needsSync).toBe(false);
  });

  test('an older snapshot is passed over, except the first of a new connection', () => {
    const replica = createReplica();
    replica.applySnapshot(snapshot(7, 3));
    expect(replica.applySnapshot(snapshot(6, 2))).toBe(false);
    expect(replica.view?.page).toBe(3);
    expect(replica.applySnapshot(snapshot(6, 2), { force: true })).toBe(true);
    expect(replica.version).toBe(6);
    expect(replica.needsSync).toBe(false);
  });

  test('pages that a turn brings are kept in order', () => {
    const replica = createReplica();
    replica.applySnapshot(snapshot(1));
    const page = (index: number) => ({ index, title: `p${index}`, body: '', questions: [] });
    replica.applyCommit({ ...commit(2, turn(1)), pages: [page(2), page(1)] });
    expect(replica.view?.pages.map(({ index }) => index)).toEqual([0, 1, 2]);
  });
});
