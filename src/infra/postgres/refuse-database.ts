// A database on which this program cannot work is refused before anything is written to it, in one line that says what to do.
import type pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';

interface Facts {
  readonly encoding: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
}

/** UTF8, or bytes as they come: any other one lacks characters that people write. */
const ENCODINGS: ReadonlySet<string> = new Set(['UTF8', 'SQL_ASCII']);

const problemOf = ({ encoding, standby, readOnly }: Facts): string | undefined => {
  if (standby) return 'it is a standby, which takes no writes. Name the primary.';
  if (readOnly)
    return 'it is read-only. If its provider did that, its disk is full; else: ALTER DATABASE name RESET default_transaction_read_only (or ALTER ROLE).';
  if (!ENCODINGS.has(encoding))
    return `its encoding is ${encoding}, which cannot hold what people write. Make one in UTF8: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.`;
  return undefined;
};

/** @throws AppError `database_unusable` */
export const refuseUnusableDatabase = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<Facts>(`
    SELECT current_setting('server_encoding') AS encoding,
      pg_is_in_recovery() AS standby,
      current_setting('transaction_read_only')::bool AS "readOnly"`);
  const [facts] = rows;
  const problem = facts && problemOf(facts);
  if (problem) throw new AppError('database_unusable', `The database (DATABASE_URL) cannot be used: ${problem}`);
};
