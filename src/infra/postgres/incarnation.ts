// Which database this is: an id made once, so that a restored backup is not taken for the database it is a copy of.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

export const incarnationOf = async (pool: pg.Pool): Promise<string> => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    // Two servers that start at once on a new database must agree on one id.
    await client.query('LOCK TABLE incarnation IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<{ id: string }>('SELECT id FROM incarnation ORDER BY created_at LIMIT 1');
    const id = rows[0]?.id ?? randomUUID();
    if (rows[0] === undefined) await client.query('INSERT INTO incarnation (id) VALUES ($1)', [id]);
    await client.query('COMMIT');
    client.release();
    return id;
  } catch (error) {
    client.release(true);
    throw error;
  }
};
