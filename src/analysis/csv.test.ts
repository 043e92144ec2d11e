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

it.each([
  ['0042', '"=""0042"""'],
  ['1e3', '"=""1e3"""'],
  ['12345678901234567', '"=""12345678901234567"""'],
  ['1-2', '"=""1-2"""'],
  ['2026-11-29', '"=""2026-11-29"""'],
  ['4711', '4711'],
  ['ABC234', 'ABC234'],
  ['2026-11-29T05:33:31.000Z', '2026-11-29T05:33:31.000Z'],
])('[JN14] a spreadsheet keeps %j, written as %j', (value, written) =>
  expect(csvRowOf([value])).toBe(`${written}\r\n`),
);
