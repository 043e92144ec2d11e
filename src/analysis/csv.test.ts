import { expect, it } from 'vitest';
import { csvRowOf } from './csv.ts';

it.each([
  ['=1+1', "'=1+1"],
  ['+82 10', "'+82 10"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['a,b', '"a,b"'],
  ['two\nlines', '"two\nlines"'],
  ['가나다', '가나다'],
  [-3, '-3'],
  [1_700_000_000_000.5, '1700000000000.5'],
  [true, 'true'],
  [null, ''],
  [undefined, ''],
])('%j is written as %j', (value, written) => expect(csvRowOf([value])).toBe(`${written}\r\n`));
