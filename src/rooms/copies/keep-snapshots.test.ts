import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { initialStateOf } from '../../room/initial-state.ts';
import type { RoomDefinition } from '../../room/state.ts';
import { COMMITS_A_SNAPSHOT, createKeepSnapshots } from './keep-snapshots.ts';

it('[ST26] a snapshot that could not be kept is counted, and those of other rooms are kept', async () => {
  const metrics = new Registry();
  const kept: string[] = [];
  const { promise: allDone, resolve } = Promise.withResolvers<void>();
  const snapshots = createKeepSnapshots({
    journal: {
      async keepSnapshot(roomId) {
        if (roomId === 'too large') throw new Error('invalid memory alloc request size');
        kept.push(roomId);
        resolve();
      },
    },
    log: pino({ level: 'silent' }),
    metrics,
  });
  for (const roomId of ['too large', 'other']) {
    const state = initialStateOf({ roomId } as RoomDefinition);
    snapshots.committed({ ...state, version: COMMITS_A_SNAPSHOT, commitId: 'c' });
  }
  await allDone;
  await snapshots.close();
  const left = await metrics.getSingleMetric('trialogue_snapshots_left_out_total')?.get();
  expect([kept, left?.values[0]?.value]).toEqual([['other'], 1]);
});
