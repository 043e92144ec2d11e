// Tables as text, opened by spreadsheets: nothing in them may act as a formula, and what
// looks like a number or a date but is a name stays what it is. Pure.

/** Spreadsheets take UTF-8 for something else without it. */
export const BYTE_ORDER_MARK = '\uFEFF';

export type CsvValue = string | number | boolean | null | undefined;

const NUMBER = /^\d+(?:\.\d*)?(?:[eE]\d+)?$/;
const DATE = /^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?$/;

/** A text that a spreadsheet would write out in another way: 0042, 1e3, 17 digits, 1-2. */
const isRewritten = (text: string): boolean => DATE.test(text) || (NUMBER.test(text) && String(Number(text)) !== text);

/** Text that a spreadsheet would take for a formula is marked as text; a negative number stays a number. */
const fieldOf = (value: CsvValue): string => {
  if (typeof value !== 'string') return value === undefined || value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : isRewritten(value) ? `="${value}"` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const csvRowOf = (values: readonly CsvValue[]): string => `${values.map(fieldOf).join(',')}\r\n`;
