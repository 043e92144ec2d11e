import { describe, expect, it } from 'vitest';
import { studyContentSchema } from '../../../protocol/study.ts';
import {
  draftOf,
  emptyFieldsOf,
  moved,
  newPage,
  newQuestion,
  newStudy,
  studyInputOf,
  studyPatchOf,
} from './study-draft.ts';

const draft = () => {
  const page = newPage();
  const question = { ...newQuestion([page]), prompt: 'Which?', options: ' yes \n\nno\n' };
  return { ...newStudy('ko'), title: ' T ', pages: [{ ...page, title: 'P', questions: [question] }] };
};

describe('a study being written', () => {
  it('becomes what the server takes', () => {
    const parsed = studyContentSchema.parse(studyInputOf(draft()));
    expect(parsed).toMatchObject({
      title: 'T',
      language: 'ko',
      pages: [{ title: 'P', questions: [{ id: 'q1', kind: 'single', options: ['yes', 'no'] }] }],
      settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, roomTtlMinutes: 1_440, uploadTimeoutMs: 900_000 },
    });
    expect(parsed.settings).not.toHaveProperty('pin');
  });

  it('comes back from the server as it was written', () => {
    const content = studyContentSchema.parse(studyInputOf(draft()));
    const again = draftOf({ ...content, id: 's', version: 1, createdAt: 0, updatedAt: 0 });
    expect(studyInputOf(again)).toEqual(studyInputOf(draft()));
  });

  it('removes an emptied setting with null', () => {
    expect(studyPatchOf(draft()).settings).toMatchObject({ pin: null, timeLimitMinutes: null, completionUrl: null });
  });

  it('gives each new question an id of its own', () => {
    const page = newPage();
    const first = newQuestion([page]);
    const second = newQuestion([{ ...page, questions: [first] }]);
    expect([first.id, second.id]).toEqual(['q1', 'q2']);
    expect(newQuestion([{ ...page, questions: [second] }]).id).toBe('q3');
  });

  it('names the fields that cannot stay empty', () => {
    const page = newPage();
    const written = { ...newStudy('en'), pages: [{ ...page, questions: [newQuestion([page])] }] };
    expect(emptyFieldsOf(written)).toEqual(['title', 'pages.0.questions.0.prompt', 'pages.0.questions.0.options']);
    expect(emptyFieldsOf(draft())).toEqual([]);
  });

  it('moves an item by one place and not over the ends', () => {
    expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
  });
});
