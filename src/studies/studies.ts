// Studies and their versions: a change makes a new version, and every room keeps the one it was made with.
import { randomUUID } from 'node:crypto';
import type { ListAnswer } from '../protocol/answer-fields.ts';
import { LIST_BYTES } from '../protocol/ceilings.ts';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { StudyContent } from '../protocol/study.ts';
import type { StudyAnswer } from '../protocol/study-answers.ts';
import { cursorOf, positionOf } from './list-position.ts';
import { mergeStudy, parseStudy, type StudyPatch } from './merge-study.ts';
import type { Position, StoredStudy, StudyStore } from './ports.ts';

const MAX_TRIES = 5;
const PAGE_SIZE = 100;
/** Before anything is known of how large they are. */
const FIRST_READ = 4;

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

export const createStudies = ({ store, now }: StudiesOptions): Studies => {
  /** Studies are large or small: read by so many as the bytes that are left hold of the largest so far. */
  const pageAfter = async (after: Position | undefined): Promise<{ studies: StoredStudy[]; isLast: boolean }> => {
    const studies: StoredStudy[] = [];
    let [bytes, largest, position] = [0, LIST_BYTES / FIRST_READ, after];
    while (studies.length < PAGE_SIZE && bytes < LIST_BYTES) {
      const count = Math.min(PAGE_SIZE - studies.length, Math.ceil((LIST_BYTES - bytes) / largest));
      const read = await store.list(position, count + 1);
      for (const study of read.slice(0, count)) {
        const size = JSON.stringify(study.content).length;
        if (studies.length > 0 && bytes + size > LIST_BYTES) return { studies, isLast: false };
        studies.push(study);
        bytes += size;
        largest = studies.length === 1 ? size : Math.max(largest, size);
      }
      if (read.length <= count) return { studies, isLast: true };
      position = studies.at(-1);
    }
    return { studies, isLast: false };
  };

  return {
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
      const { studies, isLast } = await pageAfter(after);
      const last = studies.at(-1);
      return done({ items: studies.map(answerOf), ...(!isLast && last && { nextCursor: cursorOf(last) }) });
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
  };
};
