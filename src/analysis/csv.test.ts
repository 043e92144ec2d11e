import { describe, expect, it } from 'vitest';
import { type CsvValue, csvRowOf, spreadsheetRowOf } from './csv.ts';

const writesCells = (rowOf: (values: readonly CsvValue[]) => string) => (value: CsvValue, written: string) =>
  expect(rowOf([value, 'next'])).toBe(`${written},next\r\n`);

describe('a cell of a data set', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['+82 10', "'+82 10"],
    ['-1+cmd|x', "'-1+cmd|x"],
    ['-', "'-"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['\t=1', "'\t=1"],
    ['\ttext', "'\ttext"],
    ['\r\n=1', `"'\r\n=1"`],
    ['\nno formula', `"'\nno formula"`],
    ['=1\nsecond line', `"'=1\nsecond line"`],
    ['＝1+1', "'＝1+1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠SUM(A1)', "'＠SUM(A1)"],
  ])('[RM51] %j, which a spreadsheet may compute, is written as %j', writesCells(csvRowOf));

  it.each([
    ['a,b', '"a,b"'],
    ['two\nlines', '"two\nlines"'],
    ['said "no"', '"said ""no"""'],
    ['', ''],
    ['가나다', '가나다'],
    ['a=1', 'a=1'],
    [' a', ' a'],
    ['-5', '-5'],
    ['+5.25', '+5.25'],
    ['-1e-3', '-1e-3'],
    ['0042', '0042'],
    ['1-2', '1-2'],
    [-3, '-3'],
    [1_700_000_000_000.5, '1700000000000.5'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
  ])('%j is written as %j', writesCells(csvRowOf));
});

describe('a cell of a table for spreadsheets', () => {
  it.each([
    ['0042', '"=""0042"""'],
    ['-007', '"=""-007"""'],
    ['+82', '"=""+82"""'],
    ['1e3', '"=""1e3"""'],
    ['1e-3', '"=""1e-3"""'],
    ['12345678901234567', '"=""12345678901234567"""'],
    ['1-2', '"=""1-2"""'],
    ['2026-11-29', '"=""2026-11-29"""'],
    ['4711', '4711'],
    ['ABC234', 'ABC234'],
    ['2026-11-29T05:33:31.000Z', '2026-11-29T05:33:31.000Z'],
  ])('[JN14] keeps %j, written as %j', writesCells(spreadsheetRowOf));

  it.each([
    ['=1+1, "x"', `"'=1+1, ""x"""`],
    ['@SUM', "'@SUM"],
    ['-5', '-5'],
  ])('[JN14] has the same guard: %j is written as %j', writesCells(spreadsheetRowOf));
});
