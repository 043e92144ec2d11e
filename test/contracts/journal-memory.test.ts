import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/infra/memory/journal.ts';
import { roomDefinition } from '../support/room/room-scenario.ts';
import { commitOf, type JournalStore, journalContract } from './journal.contract.ts';
import { journalLookupsContract } from './journal-lookups.contract.ts';

const inMemory = async (): Promise<JournalStore> => {
  const store = createMemoryStore();
  return {
    journal: store.journal,
    async seedRoom({ sisterOf } = {}) {
      const definition = {
        ...(sisterOf ?? { ...roomDefinition(), studyId: randomUUID() }),
        ...{ roomId: randomUUID(), code: randomBytes(5).toString('hex') },
      };
      store.addRoom(definition);
      return definition;
    },
    eraseRoom: async (roomId) => store.eraseRoom(roomId),
    outboxKeys: async (roomId) => store.outboxKeysOf(roomId),
    recordings: async (roomId) => store.recordingsOf(roomId).map(({ id, endedAt }) => ({ id, endedAt })),
    async close() {},
  };
};

journalContract('memory', inMemory);
journalLookupsContract('memory', inMemory);

it('nobody changes what is stored, by what was handed in or by what is given out', async () => {
  const store = createMemoryStore();
  const journal = store.journal();
  store.addRoom(roomDefinition());
  const events = [{ type: 'page_turned' as const, page: 1, turnsAt: 5, by: 'p0' }];
  const entry = commitOf('room', 1);
  await journal.append({ ...entry, commit: { ...entry.commit, events } });
  events[0] = { type: 'page_turned', page: 9, turnsAt: 5, by: 'p0' };
  const [stored] = await journal.commits('room', 0);
  expect(stored?.events).toMatchObject([{ page: 1 }]);
  expect(() => Object.assign(stored?.events[0] ?? {}, { page: 7 })).toThrow(TypeError);
  (await journal.commits('room', 0)).length = 0;
  expect(await journal.commits('room', 0)).toHaveLength(1);
});

it('a store that was put back has the history until then, and goes on from there', async () => {
  const store = createMemoryStore();
  const journal = store.journal();
  store.addRoom(roomDefinition());
  const entries = [1, 2, 3].map((version) => commitOf('room', version));
  for (const entry of entries) await journal.append(entry);
  const { commitId } = entries[2]?.commit ?? { commitId: '' };
  await journal.keepSnapshot('room', { version: 3, commitId, state: '{}' });
  store.cutBack('room', 1);
  expect(await journal.heads(['room'])).toEqual(
    new Map([['room', { version: 1, commitId: entries[0]?.commit.commitId }]]),
  );
  expect(await journal.snapshot('room')).toBeUndefined();
  expect(await journal.append(commitOf('room', 2))).toBe('committed');
});
