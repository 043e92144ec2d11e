import { expect, test } from 'vitest';
import { commitsOf, ended, roomDefinition } from '../../test/support/room/room-scenario.ts';
import { COMMIT_WEIGHT, JOURNAL_SHARE } from '../protocol/ceilings.ts';
import { fold } from '../room/evolve.ts';
import type { RoomState } from '../room/state.ts';
import { createHandleCommand } from './handle-command.ts';

test('[CE4] what changes nothing fills a share too; beyond it is answered and not journaled', async () => {
  const shares = { p0: JOURNAL_SHARE - 2 * COMMIT_WEIGHT };
  let state: RoomState = { ...fold(roomDefinition(), commitsOf(ended)), shares };
  let journaled = 0;
  const handle = createHandleCommand({
    journal: {
      append: async () => {
        journaled += 1;
        return 'committed';
      },
      commandOf: async () => undefined,
    },
    loader: { load: async () => state },
    snapshots: { committed: () => {} },
    clock: { now: () => 61_000, monotonic: () => 0 },
    newId: () => `new-${journaled}`,
    nodes: { isDead: () => false, askAfter: () => {}, allows: async () => true },
    catchUp: {
      apply: async ({ after }) => {
        state = after;
      },
      syncWithJournal: async () => {},
      isStale: async () => false,
    },
    bus: undefined,
    leadMsIn: () => 0,
  });

  for (let index = 0; index < 5; index += 1) {
    const identity = { participantId: 'p0', commandId: `end ${index}`, digest: 'of end' };
    const result = await handle('room', { type: 'end', by: 'p0' }, { identity });
    expect(result).toMatchObject({ ok: true, answer: { endedAt: 60_000 } });
  }
  expect(journaled).toBe(2);
});
