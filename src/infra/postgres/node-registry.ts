// Which server processes are alive: a row each, touched at every beat. No clocks are compared, here or anywhere: who watches
// sees whether a row's mark still changes. Beats may wait for nothing else of their process, or a busy node would pass for dead.
import type pg from 'pg';
import { AppError } from '../../protocol/app-error.ts';
import { VOCABULARY } from '../../protocol/event-vocabulary.ts';
import type { NodeRegistry } from '../../rooms/presence/ports.ts';

// The database's own clock: it only has to change. Two beats of one process within a microsecond do not happen.
const NOW = 'extract(epoch FROM clock_timestamp())::float8 * 1000';

/** A connection that leads nowhere is given up while the others still wait. */
const ANSWER_WITHIN_MS = 3_000;

const TOO_OLD =
  'The other nodes have begun to use events of a newer version of the program, which this one does not understand. Start that version.';

interface NodeRegistryOptions {
  /** Of its own: nobody else's queries come before a beat. */
  readonly pool: pg.Pool;
}

export const createNodeRegistry = ({ pool }: NodeRegistryOptions): NodeRegistry => {
  const query = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> =>
    pool.query<Row>({ text, values, query_timeout: ANSWER_WITHIN_MS } as pg.QueryConfig);
  return {
    async register(bootId) {
      // A row that is there already is this process's own: the answer to its first try was lost.
      await query(
        `WITH in_use AS MATERIALIZED (SELECT vocabulary FROM incarnation FOR SHARE)
         INSERT INTO nodes (boot_id, started_at, seen_at, vocabulary)
         SELECT $1, ${NOW}, ${NOW}, $2 WHERE NOT EXISTS (SELECT FROM in_use WHERE vocabulary > $2)
         ON CONFLICT (boot_id) DO NOTHING`,
        [bootId, VOCABULARY],
      );
      const { rowCount } = await query('SELECT FROM nodes WHERE boot_id = $1', [bootId]);
      if (rowCount === 0) throw new AppError('migration_mismatch', TOO_OLD);
    },
    async beat(bootId) {
      await query(`UPDATE nodes SET seen_at = ${NOW} WHERE boot_id = $1`, [bootId]);
      const { rows } = await query<{ boot_id: string; seen_at: number }>('SELECT boot_id, seen_at FROM nodes');
      return new Map(rows.map((row) => [row.boot_id, row.seen_at]));
    },
    async declareDead(bootId, mark) {
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
