// Tables as text (RFC 4180, UTF-8 with a byte order mark), read by statistics programs and opened in spreadsheets. The one
// writer, with the one guard against cells that act as formulas. Pure.

/** Spreadsheets take UTF-8 for something else without it. */
export const BYTE_ORDER_MARK = '\uFEFF';

export type CsvValue = string | number | boolean | null | undefined;

/**
 * Excel, LibreOffice and Google Sheets compute a cell that begins with = + - or @, quoted or not; some look past white space
 * first, and an Excel for Korean, Japanese or Chinese takes the full-width signs as well. An apostrophe in front stops all of
 * them. A signed number is left alone: nothing is computed, and an apostrophe would make it a text for statistics.
 */
const FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/;
const SIGNED_NUMBER = /^[+-]\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const harmless = (text: string): string => (FORMULA.test(text) && !SIGNED_NUMBER.test(text) ? `'${text}` : text);

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const cellOf = (value: CsvValue): string => {
  if (typeof value === 'string') return quoted(harmless(value));
  return value === undefined || value === null ? '' : String(value);
};

const rowOf = (cells: readonly string[]): string => `${cells.join(',')}\r\n`;

/** A row of a data set: texts stay as they are, but for the guard. */
export const csvRowOf = (values: readonly CsvValue[]): string => rowOf(values.map(cellOf));

const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;
const DATE = /^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?$/;

/** A text that a spreadsheet would write out in another way: 0042, 1e3, 17 digits, 1-2. */
const isRewritten = (text: string): boolean => DATE.test(text) || (NUMBER.test(text) && String(Number(text)) !== text);

/**
 * A row of a table that people open in a spreadsheet and copy from: codes and PINs stay what they are, as ="0042". Other
 * programs would read the ="" as it stands, so no data set is written like this.
 */
export const spreadsheetRowOf = (values: readonly CsvValue[]): string =>
  rowOf(
    values.map((value) => (typeof value === 'string' && isRewritten(value) ? quoted(`="${value}"`) : cellOf(value))),
  );
