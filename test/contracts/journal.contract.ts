// What every journal must do, whatever it is made of.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomDefinition } from '../../src/room/state.ts';
import { journalPages } from '../../src/rooms/copies/journal-pages.ts';
import { COMMITS_A_READ, type Journal, type NewCommit, type StoredSnapshot } from '../../src/rooms/ports.ts';

export interface JournalStore {
  /** Another journal on the same store, as a second server has it. */
  journal(): Journal;
  seedRoom(options?: { readonly sisterOf?: RoomDefinition }): Promise<RoomDefinition>;
  eraseRoom(roomId: string): Promise<void>;
  outboxKeys(roomId: string): Promise<string[]>;
  recordings(roomId: string): Promise<{ id: string; endedAt: number | null }[]>;
  close(): Promise<void>;
}

/** A commit of one event with everything optional left out. */
export const commitOf = (roomId: string, version: number, changes: Partial<NewCommit> = {}): NewCommit => ({
  roomId,
  commit: {
    version,
    commitId: randomUUID(),
    at: 1_800_000_000_000.25 + version,
    events: [{ type: 'page_turned', page: version, turnsAt: 1_800_000_000_100.5, by: 'p1' }],
  },
  summary: { phase: 'running', page: version },
  newRecordings: [],
  stoppedRecordings: [],
  jobs: [],
  ...changes,
});

/** PostgreSQL's jsonb takes no NUL; the door refuses it, so that only a bug brings one here. */
export const poisoned = (roomId: string, version: number): NewCommit => {
  const good = commitOf(roomId, version);
  return { ...good, commit: { ...good.commit, events: [{ type: 'participant_unmuted', participantId: 'a\u0000b' }] } };
};

const recording = (id: string) => ({
  ...{ id, participantId: 'p1', take: 0, mimeType: 'audio/webm', path: `r/${id}`, startedAt: 1_800_000_000_000.5 },
});

export const journalContract = (name: string, open: () => Promise<JournalStore>): void => {
  describe(`journal on ${name}`, () => {
    let store: JournalStore;
    let journal: Journal;
    beforeAll(async () => {
      store = await open();
      journal = store.journal();
    });
    afterAll(() => store.close());
    const newRoom = async () => (await store.seedRoom()).roomId;

    it('knows which commit made a version', async () => {
      const roomId = await newRoom();
      const first = commitOf(roomId, 1);
      await journal.append(first);
      const { commitId } = first.commit;
      expect(await journal.includes(roomId, 1, commitId)).toBe(true);
      expect(await journal.includes(roomId, 2, commitId)).toBe(false);
      expect(await journal.includes(roomId, 1, randomUUID())).toBe(false);
    });

    it('gives back what was committed, oldest first, with and without a command', async () => {
      const roomId = await newRoom();
      const first = commitOf(roomId, 1);
      const second = commitOf(roomId, 2);
      const command = {
        participantId: 'p1',
        commandId: 'c1',
        digest: 'd',
        answer: { page: 2, text: '한글 "quoted" \\' },
      };
      const withCommand = { ...second, commit: { ...second.commit, command } };
      expect(await journal.append(first)).toBe('committed');
      expect(await journal.append(withCommand)).toBe('committed');
      expect(await journal.commits(roomId, 0)).toEqual([first.commit, withCommand.commit]);
      expect(await journal.commits(roomId, 1)).toEqual([withCommand.commit]);
      expect(await journal.commits(roomId, 0, 1)).toEqual([first.commit]);
      expect(await journal.commits(roomId, 2)).toEqual([]);
    });

    it('[ST20] gives a long history in pages that hold each commit once', async () => {
      const roomId = await newRoom();
      const length = COMMITS_A_READ * 2 + 1;
      const versions = Array.from({ length }, (_, index) => index + 1);
      await Promise.all(versions.map((version) => journal.append(commitOf(roomId, version))));
      const pages: number[][] = [];
      for await (const page of journalPages(journal, roomId)) pages.push(page.map(({ version }) => version));
      expect(pages.map((page) => page.length)).toEqual([COMMITS_A_READ, COMMITS_A_READ, 1]);
      expect(pages.flat()).toEqual(versions);
      expect(await journal.commits(roomId, 0, length)).toHaveLength(COMMITS_A_READ);
    }, 30_000);

    it('[ST21] takes a command of a participant once, and knows what it was answered', async () => {
      const roomId = await newRoom();
      const commanded = (version: number, participantId: string, commandId: string): NewCommit => {
        const entry = commitOf(roomId, version);
        const command = { participantId, commandId, digest: `d${version}`, answer: { page: version } };
        return { ...entry, commit: { ...entry.commit, command } };
      };
      expect(await journal.append(commanded(1, 'p1', 'c1'))).toBe('committed');
      expect(await journal.append(commanded(2, 'p1', 'c1'))).toBe('conflict');
      expect(await journal.append(commanded(2, 'p2', 'c1'))).toBe('committed');
      expect(await journal.append(commanded(3, 'p1', 'c2'))).toBe('committed');
      expect(await journal.commandOf(roomId, 'p1', 'c1')).toEqual({ digest: 'd1', answer: { page: 1 } });
      expect(await journal.commandOf(roomId, 'p1', 'c3')).toBeUndefined();
      expect(await journal.commandOf(await newRoom(), 'p1', 'c1')).toBeUndefined();
    });

    it('[ST20] keeps one snapshot of a room, of a commit that it has', async () => {
      const roomId = await newRoom();
      const entries = [commitOf(roomId, 1), commitOf(roomId, 2)];
      for (const entry of entries) await journal.append(entry);
      const snapshotOf = ({ commit: { version, commitId } }: NewCommit) => ({
        version,
        commitId,
        state: `{"v":${version}}`,
      });
      const [first, second] = entries.map(snapshotOf) as [StoredSnapshot, StoredSnapshot];
      expect(await journal.snapshot(roomId)).toBeUndefined();
      await journal.keepSnapshot(roomId, first);
      await journal.keepSnapshot(roomId, second);
      expect(await journal.snapshot(roomId)).toEqual(second);
      await journal.keepSnapshot(roomId, { ...second, commitId: randomUUID() });
      await journal.keepSnapshot(roomId, { ...second, version: 3 });
      expect(await journal.snapshot(roomId)).toEqual(second);
      await store.eraseRoom(roomId);
      expect(await journal.snapshot(roomId)).toBeUndefined();
      await journal.keepSnapshot(roomId, second);
      expect(await journal.snapshot(roomId)).toBeUndefined();
    });

    it('[ST9] refuses a version that is taken, skipped or of the past', async () => {
      const roomId = await newRoom();
      expect(await journal.append(commitOf(roomId, 2))).toBe('conflict');
      expect(await journal.append(commitOf(roomId, 1))).toBe('committed');
      expect(await journal.append(commitOf(roomId, 1))).toBe('conflict');
      expect(await journal.append(commitOf(roomId, 3))).toBe('conflict');
      expect((await journal.commits(roomId, 0)).map(({ version }) => version)).toEqual([1]);
    });

    it('[ST24] refuses what was decided on another history of the same length', async () => {
      const roomId = await newRoom();
      const first = commitOf(roomId, 1);
      await journal.append(first);
      expect(await journal.append(commitOf(roomId, 2, { previous: randomUUID() }))).toBe('conflict');
      expect(await journal.append(commitOf(roomId, 2, { previous: first.commit.commitId }))).toBe('committed');
    });

    it('takes commits of one room that arrive together one after another', async () => {
      const roomId = await newRoom();
      const versions = Array.from({ length: 20 }, (_, index) => index + 1);
      const outcomes = await Promise.all(versions.map((version) => journal.append(commitOf(roomId, version))));
      expect(outcomes).toEqual(versions.map(() => 'committed'));
      expect((await journal.commits(roomId, 0)).map(({ version }) => version)).toEqual(versions);
    });

    it('lets one of two commits for the same version win within one journal', async () => {
      const roomId = await newRoom();
      const both = [commitOf(roomId, 1), commitOf(roomId, 1)];
      const outcomes = await Promise.all(both.map((commit) => journal.append(commit)));
      expect(outcomes).toEqual(['committed', 'conflict']);
      expect(await journal.commits(roomId, 0)).toEqual([both[0]?.commit]);
    });

    it('[ST9] a commit to an erased room is a conflict and brings nothing back', async () => {
      const roomId = await newRoom();
      await journal.append(commitOf(roomId, 1));
      await store.eraseRoom(roomId);
      const jobs = [{ type: 'job', job: 'process_room', roomId, key: randomUUID(), notBefore: 0 } as const];
      expect(await journal.append(commitOf(roomId, 2, { jobs, newRecordings: [recording(randomUUID())] }))).toBe(
        'conflict',
      );
      expect(await journal.append(commitOf(roomId, 1))).toBe('conflict');
      expect(await journal.commits(roomId, 0)).toEqual([]);
      expect(await journal.definition(roomId)).toBeUndefined();
      expect(await store.outboxKeys(roomId)).toEqual([]);
      expect(await store.recordings(roomId)).toEqual([]);
    });

    it('[ST8] one bad commit fails alone, all that came with it are stored', async () => {
      const rooms = await Promise.all(Array.from({ length: 9 }, newRoom));
      const bad = new Set([2, 7]);
      const outcomes = await Promise.allSettled(
        rooms.map((roomId, index) => journal.append(bad.has(index) ? poisoned(roomId, 1) : commitOf(roomId, 1))),
      );
      for (const [index, outcome] of outcomes.entries()) {
        if (bad.has(index)) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
        else expect(outcome).toEqual({ status: 'fulfilled', value: 'committed' });
      }
      const heads = await journal.heads(rooms);
      expect(rooms.map((roomId) => heads.get(roomId)?.version)).toEqual(
        rooms.map((_, index) => (bad.has(index) ? 0 : 1)),
      );
      // Nothing of the bad one stayed behind: its version is still free.
      expect(await journal.append(commitOf(rooms[2] ?? '', 1))).toBe('committed');
    });

    it('[ST9] one winner per version when two servers race for the same rooms', async () => {
      const other = store.journal();
      const rooms = await Promise.all(Array.from({ length: 6 }, newRoom));
      const ROUNDS = 60;
      for (let version = 1; version <= ROUNDS; version++) {
        const own = rooms.map((roomId) => journal.append(commitOf(roomId, version)));
        // The other way round: locks taken in the order of arrival would deadlock.
        const theirs = rooms.toReversed().map((roomId) => other.append(commitOf(roomId, version)));
        const ownOutcomes = await Promise.all(own);
        const theirOutcomes = (await Promise.all(theirs)).reverse();
        for (const [index, outcome] of ownOutcomes.entries()) {
          expect([outcome, theirOutcomes[index]].sort()).toEqual(['committed', 'conflict']);
        }
      }
      for (const roomId of rooms) {
        const versions = (await journal.commits(roomId, 0)).map(({ version }) => version);
        expect(versions).toEqual(Array.from({ length: ROUNDS }, (_, index) => index + 1));
      }
    });

    it('[ST9] jobs and recordings are written for winners only, a job key once', async () => {
      const roomId = await newRoom();
      const job = (key: string) => ({ type: 'job', job: 'process_room', roomId, key, notBefore: 5 }) as const;
      const [won, lost, id, lostId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const outcomes = await Promise.all([
        journal.append(commitOf(roomId, 1, { jobs: [job(won)], newRecordings: [recording(id)] })),
        journal.append(commitOf(roomId, 1, { jobs: [job(lost)], newRecordings: [recording(lostId)] })),
      ]);
      expect(outcomes).toEqual(['committed', 'conflict']);
      expect(await journal.append(commitOf(roomId, 2, { jobs: [job(won)] }))).toBe('committed');
      expect(await store.outboxKeys(roomId)).toEqual([won]);
      expect(await store.recordings(roomId)).toEqual([{ id, endedAt: null }]);
    });

    it('a recording is stopped by its own room only, also in the commit that starts it', async () => {
      const [roomId, elsewhere] = await Promise.all([newRoom(), newRoom()]);
      const id = randomUUID();
      const stopped = [{ id, endedAt: 1_800_000_000_900.5 }];
      await journal.append(commitOf(roomId, 1, { newRecordings: [recording(id)] }));
      expect(await journal.append(commitOf(elsewhere, 1, { stoppedRecordings: stopped }))).toBe('committed');
      expect(await store.recordings(roomId)).toEqual([{ id, endedAt: null }]);
      await journal.append(commitOf(roomId, 2, { stoppedRecordings: stopped }));
      expect(await store.recordings(roomId)).toEqual([{ id, endedAt: 1_800_000_000_900.5 }]);
      const both = randomUUID();
      await journal.append(
        commitOf(elsewhere, 2, {
          newRecordings: [recording(both)],
          stoppedRecordings: [{ id: both, endedAt: 1_800_000_000_950 }],
        }),
      );
      expect(await store.recordings(elsewhere)).toEqual([{ id: both, endedAt: 1_800_000_000_950 }]);
    });
  });
};
