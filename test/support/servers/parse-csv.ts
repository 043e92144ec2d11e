// Reads a CSV file as RFC 4180 has it, as strictly as a statistics program does: every row has the cells that the first one has.
const CELL = /"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)/y;

/** Rows as objects by the names in the first. Throws on what is no CSV. */
export const parseCsv = (text: string): Record<string, string>[] => {
  const rows: string[][] = [];
  let row: string[] = [];
  const body = text.replace(/^\uFEFF/, '');
  for (CELL.lastIndex = 0; CELL.lastIndex < body.length; ) {
    const at = CELL.lastIndex;
    const found = CELL.exec(body);
    if (!found) throw new Error(`no CSV at ${at}: ${JSON.stringify(body.slice(at, at + 80))}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[3] ?? '');
    if ((found[2] ?? found[4]) === ',') continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) throw new Error('the last row has no end');
  const [names = [], ...others] = rows;
  return others.map((cells, index) => {
    if (cells.length !== names.length) throw new Error(`row ${index + 1} has ${cells.length} cells`);
    return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? '']));
  });
};
