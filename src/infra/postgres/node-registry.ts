// Which server processes are alive: a row each, touched at every beat. No clocks are compared, here or anywhere: who watches
// sees whether a row's mark still changes. Beats may wait for nothing else of their process, or a busy node would pass for dead.
import type pg from 'pg';
import type { NodeRegistry } from '../../rooms/ports.ts';

// The database's own clock: it only has to change. Two beats of one process within a microsecond do not happen.
const NOW = 'extract(epoch FROM clock_timestamp())::float8 * 1000';

/** A connection that leads nowhere is given up while the others still wait. */
const ANSWER_WITHIN_MS = 3_000;

interface NodeRegistryOptions {
  /** Of its own: nobody else's queries come before a beat. */
  readonly pool: pg.Pool;
}

export const createNodeRegistry = ({ pool }: NodeRegistryOptions): NodeRegistry => {
  const query = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> =>
    pool.query<Row>({ text, values, query_timeout: ANSWER_WITHIN_MS } as pg.QueryConfig);
  return {
    async register(bootId) {
      await query(
        // A row that is there already is this process's own: the answer to its first try was lost.
        `INSERT INTO nodes (boot_id, started_at, seen_at) SELECT $1, ${NOW}, ${NOW} ON CONFLICT (boot_id) DO NOTHING`,
        [bootId],
      );
    },
    async beat(bootId) {
      await query(`UPDATE nodes SET seen_at = ${NOW} WHERE boot_id = $1`, [bootId]);
      const { rows } = await query<{ boot_id: string; seen_at: number }>('SELECT boot_id, seen_at FROM nodes');
      return new Map(rows.map((row) => [row.boot_id, row.seen_at]));
    },
    async bury(bootId, mark) {
      const { rowCount } = await query('DELETE FROM nodes WHERE boot_id = $1 AND seen_at = $2', [bootId, mark]);
      return rowCount === 1;
    },
    async remove(bootId) {
      await query('DELETE FROM nodes WHERE boot_id = $1', [bootId]);
    },
    async listed() {
      const { rows } = await query<{ boot_id: string }>('SELECT boot_id FROM nodes');
      return new Set(rows.map((row) => row.boot_id));
    },
  };
};
