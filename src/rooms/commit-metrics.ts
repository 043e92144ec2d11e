// Counts what became of commits. Without it nobody but the participant who was refused would notice that the database refuses them.
import { Counter, type Registry } from 'prom-client';
import { AppError } from '../protocol/app-error.ts';
import type { Journal } from './ports.ts';

export const countCommits = (journal: Pick<Journal, 'append'>, metrics: Registry): Journal['append'] => {
  const commits = new Counter({
    name: 'trialogue_commits_total',
    help: 'Commits by outcome: committed, conflict (somebody was first, it is decided again), or the code of the failure.',
    labelNames: ['outcome'],
    registers: [metrics],
  });
  for (const outcome of ['committed', 'conflict', 'unavailable', 'internal']) commits.inc({ outcome }, 0);

  return async (entry) => {
    try {
      const outcome = await journal.append(entry);
      commits.inc({ outcome });
      return outcome;
    } catch (error) {
      commits.inc({ outcome: error instanceof AppError ? error.code : 'internal' });
      throw error;
    }
  };
};
