// Which events may stand in this database's journals: a number in the database's one row, raised by the first commit that needs
// more, and only when every node in the list understands it. From then on no node that understands less can enter the list, and
// none of an older build starts. The row is the lock between those who raise and those who enter (node-registry.ts).
import type pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';

/** @throws AppError `migration_mismatch`: journals hold what this build cannot read */
export const refuseNewerEvents = async (pool: pg.Pool, understood: number): Promise<void> => {
  const { rows } = await pool.query<{ vocabulary: number }>('SELECT vocabulary FROM incarnation');
  const inUse = rows[0]?.vocabulary ?? 1;
  if (inUse > understood)
    throw new AppError(
      'migration_mismatch',
      `The rooms of this database have events of a newer version of the program (vocabulary ${inUse}; this version understands ${understood}). Start that version, or use another database.`,
    );
};

/** False while a node lives that does not understand it. `isAlone`: no other node can be, whatever the list says. */
export const agreeOnVocabulary = async (
  pool: pg.Pool,
  vocabulary: number,
  { isAlone }: { readonly isAlone: boolean },
): Promise<boolean> => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    // Before the list is read: whoever is entering it is there then, or waits and finds the higher number.
    await client.query('SELECT FROM incarnation FOR UPDATE');
    const { rows } = await client.query<{ agreed: boolean }>(
      'SELECT $2 OR NOT EXISTS (SELECT FROM nodes WHERE vocabulary < $1) AS agreed',
      [vocabulary, isAlone],
    );
    const agreed = rows[0]?.agreed === true;
    if (agreed) await client.query('UPDATE incarnation SET vocabulary = $1 WHERE vocabulary < $1', [vocabulary]);
    await client.query('COMMIT');
    client.release();
    return agreed;
  } catch (error) {
    client.release(true);
    throw error;
  }
};
