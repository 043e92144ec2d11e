import { describe, expect, it } from 'vitest';
import type { LatestChoice } from '../../../client/index.ts';
import { studyContentSchema } from '../../../protocol/study.ts';
import { choiceQuestions, choiceRows } from './choice-table.ts';

const chosen = (
  participantId: string,
  questionId: string,
  value: LatestChoice['value'],
  revision = 1,
): LatestChoice => ({ participantId, questionId, value, revision, submittedAt: 1_000 });

const choices = [
  chosen('p1', 'side', 'against', 2),
  chosen('p1', 'many', ['a', 'b']),
  chosen('p2', 'why', 'because'),
  chosen('p2', 'scale', -3),
];

const study = {
  version: 2,
  pages: studyContentSchema.parse({
    title: 'Study',
    pages: [
      {
        title: 'Page',
        questions: [
          { id: 'new', kind: 'text', prompt: 'New?' },
          { id: 'side', kind: 'single', prompt: 'Which side?', options: ['for', 'against'] },
        ],
      },
    ],
  }).pages,
};

describe('the table of choices', () => {
  it('shows the latest answer per participant and question, as the room lists them', () => {
    const people = [
      { id: 'p1', nickname: '하나' },
      { id: 'p3', nickname: 'Silent' },
      { id: 'p2', nickname: 'Two' },
    ];
    const rows = choiceRows(choices, people, [{ id: 'side' }, { id: 'why' }]);
    expect(rows.map((row) => row.person.nickname)).toEqual(['하나', 'Silent', 'Two']);
    expect(rows[0]?.latest).toEqual([expect.objectContaining({ value: 'against', revision: 2 }), undefined]);
    expect(rows[1]?.latest).toEqual([undefined, undefined]);
    expect(rows[2]?.latest).toEqual([undefined, expect.objectContaining({ value: 'because', revision: 1 })]);
  });

  it('lists unanswered questions only from the version the room was made with', () => {
    const prompts = (version: number) => choiceQuestions(choices, study, version).map(({ id, prompt }) => [id, prompt]);
    const unknown = [
      ['many', undefined],
      ['why', undefined],
      ['scale', undefined],
    ];
    expect(prompts(2)).toEqual([['new', 'New?'], ['side', 'Which side?'], ...unknown]);
    expect(prompts(1)).toEqual([['side', 'Which side?'], ...unknown]);
    expect(choiceQuestions(choices, undefined, 1)).toHaveLength(4);
  });
});
