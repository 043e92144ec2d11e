// Studies and their versions: a change makes a new version, and every room keeps the one it was made with.
import { randomUUID } from 'node:crypto';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { ListAnswer, StudyAnswer } from '../protocol/rest.ts';
import type { StudyContent } from '../protocol/study.ts';
import { pageOf, positionOf } from './list-position.ts';
import { mergeStudy, parseStudy, type StudyPatch } from './merge-study.ts';
import type { StoredStudy, StudyStore } from './ports.ts';

const MAX_TRIES = 5;
const PAGE_SIZE = 100;

export interface Studies {
  create(content: StudyContent): Promise<Outcome<StudyAnswer>>;
  get(id: string): Promise<Outcome<StudyAnswer>>;
  list(cursor: string | undefined): Promise<Outcome<ListAnswer<StudyAnswer>>>;
  patch(id: string, patch: StudyPatch): Promise<Outcome<StudyAnswer>>;
}

interface StudiesOptions {
  readonly store: StudyStore;
  readonly now: () => number;
}

const answerOf = ({ content, ...study }: StoredStudy): StudyAnswer => ({ ...study, ...content });

export const createStudies = ({ store, now }: StudiesOptions): Studies => ({
  async create(input) {
    const parsed = parseStudy(input);
    if (!parsed.ok) return parsed;
    const at = Math.round(now());
    const study = { id: randomUUID(), version: 1, content: parsed.value, createdAt: at, updatedAt: at };
    await store.add(study);
    return done(answerOf(study));
  },

  async get(id) {
    const study = await store.get(id);
    return study ? done(answerOf(study)) : refused('study_not_found');
  },

  async list(cursor) {
    const after = cursor === undefined ? undefined : positionOf(cursor);
    if (cursor !== undefined && !after) {
      return refused('invalid_request', { issues: [{ path: 'cursor', message: 'is not one of ours' }] });
    }
    const { items, ...next } = pageOf(await store.list(after, PAGE_SIZE + 1), PAGE_SIZE);
    return done({ items: items.map(answerOf), ...next });
  },

  async patch(id, patch) {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const current = await store.get(id);
      if (!current) return refused('study_not_found');
      const merged = mergeStudy(current.content, patch);
      if (!merged.ok) return merged;
      const next = {
        ...current,
        version: current.version + 1,
        content: merged.value,
        updatedAt: Math.round(now()),
      };
      // Somebody else's change came in between: merge into that.
      if (await store.addVersion(next)) return done(answerOf(next));
    }
    return refused('busy');
  },
});
