// One row that must outlive whatever is done to the database, and single queries on connections of their own.
import pg from 'pg';
import { connectionTo } from '../../../src/infra/postgres/session-settings.ts';

export const query = async <Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> => {
  const client = new pg.Client(connectionTo(url));
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};
export const remember = (url: string) => query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
export const kept = async (url: string) => (await query<{ answer: number }>(url, 'SELECT answer FROM kept'))[0]?.answer;
export const urlOf = ({ said }: { said: { url?: string } }): string => {
  if (said.url === undefined) throw new Error(`no database: ${JSON.stringify(said)}`);
  return said.url;
};
