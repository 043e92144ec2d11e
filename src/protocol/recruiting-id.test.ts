import { describe, expect, it } from 'vitest';
import { givenIdOf, idInAddress } from './recruiting-id.ts';

/** As the browser of a participant gets it, and as it is when nobody fills it in. */
const SERVICES = [
  [
    'Prolific',
    '?PROLIFIC_PID=5f3d6a1e9c8b7a0012345678&STUDY_ID=6400&SESSION_ID=77',
    '5f3d6a1e9c8b7a0012345678',
    '?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}',
    '{{%PROLIFIC_PID%}}',
  ],
  [
    'Prolific, by a name of one’s own',
    '?externalId=5f3d6a1e9c8b7a0012345678',
    '5f3d6a1e9c8b7a0012345678',
    '?externalId=%7B%7B%25PROLIFIC_PID%25%7D%7D',
    '{{%PROLIFIC_PID%}}',
  ],
  [
    'Mechanical Turk',
    '?hitId=H1&assignmentId=A1&turkSubmitTo=https%3A%2F%2Fwww.mturk.com%2F&workerId=AZ3456EXAMPLE',
    'AZ3456EXAMPLE',
    `?workerId=\${workerId}`,
    `\${workerId}`,
  ],
  [
    'Mechanical Turk in its preview',
    '?externalId=3RKNTXVS3MZ&workerId=AZ3456EXAMPLE',
    '3RKNTXVS3MZ',
    '?externalId=ASSIGNMENT_ID_NOT_AVAILABLE&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE',
    'ASSIGNMENT_ID_NOT_AVAILABLE',
  ],
  [
    'CloudResearch Connect',
    '?participantId=9F1C&assignmentId=22&projectId=33',
    '9F1C',
    '?participantId={{participantId}}',
    '{{participantId}}',
  ],
  ['Sona', '?survey_code=48213', '48213', '?survey_code=%SURVEY_CODE%', '%SURVEY_CODE%'],
  ['Sona, as for Qualtrics', '?id=48213', '48213', '?id=%25SURVEY_CODE%25', '%SURVEY_CODE%'],
  [
    'Qualtrics',
    '?externalId=R_3qwe45RT67yuI8',
    'R_3qwe45RT67yuI8',
    `?externalId=\${e://Field/ResponseID}`,
    `\${e://Field/ResponseID}`,
  ],
  [
    'Qualtrics, escaped twice',
    '?externalId=R_3qwe45RT67yuI8',
    'R_3qwe45RT67yuI8',
    '?externalId=%2524%257Be%253A%252F%252FField%252Fpid%257D',
    '%24%7Be%3A%2F%2FField%2Fpid%7D',
  ],
  ['SurveyMonkey', '?externalId=c-17', 'c-17', '?externalId=[custom_value]', '[custom_value]'],
  ['Gorilla', '?externalId=18273645', '18273645', `?externalId=$\${publicid}`, `$\${publicid}`],
  ['LimeSurvey', '?externalId=Jx7pQ2', 'Jx7pQ2', '?externalId={TOKEN}', '{TOKEN}'],
  ['SoSci Survey', '?externalId=1029', '1029', '?externalId=%caseNumber%', '\uFFFDseNumber%'],
  ['Alchemer', '?externalId=88', '88', '?externalId=[url("pid")]', '[url("pid")]'],
  ['Cint', '?externalId=f0e1', 'f0e1', '?externalId=[%25RID%25]', '[%RID%]'],
  ['Mailchimp', '?externalId=ada%40example.org', 'ada@example.org', '?externalId=*|EMAIL|*', '*|EMAIL|*'],
  ['a mail merge', '?externalId=S-014', 'S-014', '?externalId=«Id»', '«Id»'],
  ['a program that had nothing', '?externalId=0', '0', '?externalId=undefined', 'undefined'],
] as const;

describe.each(SERVICES)('%s', (_, filled, id, unfilled, template) => {
  it('[JN16] its id is taken from the link, a template that nobody filled in is not', () => {
    expect(idInAddress(filled)).toEqual({ externalId: id });
    expect(idInAddress(unfilled)).toEqual({ unusableId: template });
  });
});

describe('what comes as an id', () => {
  it.each(['', ' ', '\t\u00a0', '\u200b', '\u3164'])('[JN16] %j is none', (blank) => {
    expect(givenIdOf(blank)).toEqual({});
    expect(idInAddress(`?externalId=${encodeURIComponent(blank)}`)).toEqual({});
  });

  it.each([
    '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}',
    'a%b',
    '50%',
    '%C3%A9',
    'null-7',
    'ID 7',
    '학생 7',
    "O'Brien <ob@example.org>",
    'a{b}',
    'x[1]',
  ])('[JN16] %j is an id', (id) => {
    expect(givenIdOf(id)).toEqual({ externalId: id });
  });

  it.each(['pre-{{%PROLIFIC_PID%}}', 'uni-%SURVEY_CODE%', 'NaN', 'None', 'PROLIFIC_PID', '[object Object]', '<id>'])(
    '[JN16] %j is nobody’s id',
    (text) => {
      expect(givenIdOf(text)).toEqual({ unusableId: text });
    },
  );

  it('[JN16] spaces around an id are not part of it', () => {
    expect(givenIdOf(' 48213\n')).toEqual({ externalId: '48213' });
  });

  it('[JN16] what is too long for an id is cut for the researcher to see', () => {
    expect(givenIdOf('x'.repeat(200))).toEqual({ externalId: 'x'.repeat(200) });
    expect(givenIdOf('😀'.repeat(201))).toEqual({ unusableId: '😀'.repeat(200) });
  });
});

describe('the address of the join page', () => {
  it.each([
    ['?id=5&survey_code=4&workerId=3&PROLIFIC_PID=2&externalId=1', '1'],
    ['?id=5&survey_code=4&workerId=3&PROLIFIC_PID=2', '2'],
    ['?id=5&survey_code=4', '4'],
    ['?externalId=&PROLIFIC_PID=2', '2'],
    ['?externalId={{id}}&PROLIFIC_PID=2', '2'],
    ['?externalId=&externalId=1', '1'],
    ['?prolific_pid=2', '2'],
    ['?relay=1', undefined],
    ['', undefined],
  ])('[JN16] in %j the id is %j', (search, externalId) => {
    expect(idInAddress(search)).toEqual(externalId === undefined ? {} : { externalId });
  });
});
