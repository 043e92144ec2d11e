// Tables as text, opened by spreadsheets: nothing in them may act as a formula. Pure.

/** Spreadsheets take UTF-8 for something else without it. */
export const BYTE_ORDER_MARK = '\uFEFF';

export type CsvValue = string | number | boolean | null | undefined;

/** Text that a spreadsheet would take for a formula is marked as text; a negative number stays a number. */
const fieldOf = (value: CsvValue): string => {
  if (typeof value !== 'string') return value === undefined || value === null ? '' : String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const csvRowOf = (values: readonly CsvValue[]): string => `${values.map(fieldOf).join(',')}\r\n`;
