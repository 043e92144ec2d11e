import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { AppError } from '../protocol/app-error.ts';
import { countCommits } from './commit-metrics.ts';
import type { NewCommit } from './ports.ts';

it('[ST26] commits are counted by what became of them, and each outcome is there before it happens', async () => {
  const metrics = new Registry();
  const counts = async () =>
    Object.fromEntries(
      ((await metrics.getSingleMetric('trialogue_commits_total')?.get())?.values ?? []).map(({ labels, value }) => [
        labels.outcome,
        value,
      ]),
    );
  const outcomes = [
    async () => 'committed' as const,
    async () => 'conflict' as const,
    () => Promise.reject(new AppError('unavailable', 'away')),
    () => Promise.reject(new AppError('internal', 'bad')),
    () => Promise.reject(new Error('a bug')),
    async () => 'committed' as const,
  ].values();
  const append = countCommits(
    { append: () => outcomes.next().value?.() ?? Promise.reject(new Error('no more')) },
    metrics,
  );
  expect(await counts()).toEqual({ committed: 0, conflict: 0, unavailable: 0, internal: 0 });
  const told: unknown[] = [];
  for (let count = 0; count < 6; count += 1) told.push(await append({} as NewCommit).catch(({ message }) => message));
  expect(told).toEqual(['committed', 'conflict', 'away', 'bad', 'a bug', 'committed']);
  expect(await counts()).toEqual({ committed: 2, conflict: 1, unavailable: 1, internal: 2 });
});
