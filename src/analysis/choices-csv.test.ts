import { describe, expect, it } from 'vitest';
import type { RoomCommit, RoomEvent } from '../protocol/room-events.ts';
import { choicesOf } from './choices.ts';
import { CHOICES_CSV_HEAD, choicesCsvRowOf } from './choices-csv.ts';

const chosen = (
  participantId: string,
  questionId: string,
  value: string | string[] | number,
  revision: number,
): RoomEvent => ({ type: 'choice_submitted', participantId, questionId, value, revision });
const commit = (version: number, ...events: RoomEvent[]): RoomCommit => ({ version, at: version * 1_000, events });

const people = new Map([
  ['p1', { seat: 0, nickname: '하나' }],
  ['p2', { seat: 1, nickname: 'Two' }],
]);
const csvOf = (...commits: RoomCommit[]): string =>
  CHOICES_CSV_HEAD +
  choicesOf(commits)
    .map((choice) => choicesCsvRowOf(choice, people.get(choice.participantId)))
    .join('');

describe('choices of a room as a data set', () => {
  it('[RM51] one line per revision in the order of the journal, and nothing a spreadsheet would run', () => {
    const commits = [
      commit(2, chosen('p1', 'side', 'for', 1)),
      commit(3, chosen('p1', 'side', 'against', 2), chosen('p2', 'why', '=HYPERLINK("x"),1', 1)),
      commit(4, { type: 'page_turned', page: 1, turnsAt: 4_100, by: 'p1' }),
      commit(5, chosen('p2', 'scale', -3, 1), chosen('p1', 'many', ['a', 'b'], 1), chosen('gone', 'side', '1-2', 1)),
    ];
    expect(csvOf(...commits).split('\r\n')).toEqual([
      '\uFEFFparticipantId,seat,nickname,questionId,revision,value,submittedAt,answeredAt',
      'p1,0,하나,side,1,for,1970-01-01T00:00:02.000Z,',
      'p1,0,하나,side,2,against,1970-01-01T00:00:03.000Z,',
      `p2,1,Two,why,1,"'=HYPERLINK(""x""),1",1970-01-01T00:00:03.000Z,`,
      'p2,1,Two,scale,1,-3,1970-01-01T00:00:05.000Z,',
      'p1,0,하나,many,1,"[""a"",""b""]",1970-01-01T00:00:05.000Z,',
      'gone,,,side,1,1-2,1970-01-01T00:00:05.000Z,',
      '',
    ]);
  });

  it('[JN13] names turn nothing beside them', () => {
    const [choice] = choicesOf([commit(1, chosen('p1', 'side', 'for', 1))]);
    if (!choice) throw new Error('no choice was taken from the journal');
    expect(choicesCsvRowOf(choice, { seat: 0, nickname: 'Ali\u202e0' })).toContain('p1,0,Ali0,side');
  });

  it('[RM50] tells when an answer was given that arrived only after the end', () => {
    const late = { ...chosen('p2', 'why', 'x', 2), answeredAt: 4_900 } as RoomEvent;
    expect(csvOf(commit(5, late))).toContain('p2,1,Two,why,2,x,1970-01-01T00:00:05.000Z,1970-01-01T00:00:04.900Z');
  });
});
