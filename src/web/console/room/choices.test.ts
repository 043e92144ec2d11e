import { describe, expect, it } from 'vitest';
import type { EventsAnswer } from '../../../protocol/rest.ts';
import { studyContentSchema } from '../../../protocol/study.ts';
import { choiceQuestions, choiceRows, choicesCsv, NO_CHOICES, withCommits } from './choices.ts';

type Commit = EventsAnswer['commits'][number];
type Event = Commit['events'][number];

const joined = (participantId: string, seat: number, nickname: string): Event => ({
  type: 'participant_joined',
  participantId,
  seat,
  nickname,
  isHost: seat === 0,
  consent: [],
});
const chosen = (
  participantId: string,
  questionId: string,
  value: string | string[] | number,
  revision: number,
): Event => ({
  type: 'choice_submitted',
  participantId,
  questionId,
  value,
  revision,
});
const commit = (version: number, ...events: Event[]): Commit => ({ version, at: version * 1_000, events });

const commits = [
  commit(1, joined('p1', 0, '하나'), joined('p2', 1, 'Two')),
  commit(2, chosen('p1', 'side', 'for', 1)),
  commit(3, chosen('p1', 'side', 'against', 2), chosen('p2', 'why', '=HYPERLINK("x"),1', 1)),
  commit(4, chosen('p2', 'scale', -3, 1), chosen('p1', 'many', ['a', 'b'], 1)),
];
const history = withCommits(NO_CHOICES, commits);

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

describe('choices of a room', () => {
  it('takes each commit once, however often it is read', () => {
    expect(withCommits(withCommits(NO_CHOICES, commits.slice(0, 3)), commits)).toEqual(history);
  });

  it('shows the latest answer per participant and question', () => {
    const questions = [{ id: 'side' }, { id: 'why' }];
    const rows = choiceRows(history, [{ id: 'p1', seat: 0, nickname: '하나' }], questions);
    expect(rows.map((row) => row.person.nickname)).toEqual(['하나', 'Two']);
    expect(rows[0]?.latest).toEqual([expect.objectContaining({ value: 'against', revision: 2 }), undefined]);
    expect(rows[1]?.latest).toEqual([undefined, expect.objectContaining({ revision: 1 })]);
  });

  it('lists unanswered questions only from the version the room was made with', () => {
    const prompts = (version: number) => choiceQuestions(history, study, version).map(({ id, prompt }) => [id, prompt]);
    const unknown = [
      ['why', undefined],
      ['scale', undefined],
      ['many', undefined],
    ];
    expect(prompts(2)).toEqual([['new', 'New?'], ['side', 'Which side?'], ...unknown]);
    expect(prompts(1)).toEqual([['side', 'Which side?'], ...unknown]);
    expect(choiceQuestions(history, undefined, 1)).toHaveLength(4);
  });

  it('[JN13] names in the file turn nothing beside them', () => {
    const turned = { ...history, joined: history.joined.map((one) => ({ ...one, nickname: `Ali\u202e${one.seat}` })) };
    expect(choicesCsv(turned)).toContain('p1,0,Ali0,side');
  });

  it('[RM50] tells when an answer was given that arrived only after the end', () => {
    const late = { ...chosen('p2', 'why', 'x', 2), answeredAt: 4_900 } as Event;
    expect(choicesCsv(withCommits(history, [commit(5, late)]))).toContain(
      'p2,1,Two,why,2,x,1970-01-01T00:00:05.000Z,1970-01-01T00:00:04.900Z',
    );
  });

  it('writes one line per revision, and nothing a spreadsheet would run', () => {
    expect(choicesCsv(history).split('\r\n')).toEqual([
      '\uFEFFparticipantId,seat,nickname,questionId,revision,value,submittedAt,answeredAt',
      'p1,0,하나,side,1,for,1970-01-01T00:00:02.000Z,',
      'p1,0,하나,side,2,against,1970-01-01T00:00:03.000Z,',
      `p2,1,Two,why,1,"'=HYPERLINK(""x""),1",1970-01-01T00:00:03.000Z,`,
      'p2,1,Two,scale,1,-3,1970-01-01T00:00:04.000Z,',
      'p1,0,하나,many,1,"[""a"",""b""]",1970-01-01T00:00:04.000Z,',
      '',
    ]);
  });
});
