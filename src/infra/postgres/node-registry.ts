// Which server processes are alive, as rows with the time each was last seen. A row that has expired or was buried by
// others is never renewed: its process must notice, close its connections and remove itself before it counts again.
import type pg from 'pg';
import type { NodeRegistry } from '../../rooms/ports.ts';

interface NodeRegistryOptions {
  readonly pool: pg.Pool;
  /** A process not seen for this long is dead to the others. */
  readonly deadAfterMs: number;
}

export const createNodeRegistry = ({ pool, deadAfterMs }: NodeRegistryOptions): NodeRegistry => {
  /** Processes whose row has been made: only the first beat makes one. */
  const registered = new Set<string>();
  return {
    async beat(bootId, at) {
      if (!registered.has(bootId)) {
        // A row that is there already is this process's own: the answer to its first beat was lost.
        await pool.query(
          'INSERT INTO nodes (boot_id, started_at, seen_at) VALUES ($1, $2, $2) ON CONFLICT (boot_id) DO NOTHING',
          [bootId, at],
        );
        registered.add(bootId);
      }
      const { rowCount } = await pool.query('UPDATE nodes SET seen_at = $2 WHERE boot_id = $1 AND seen_at >= $3', [
        bootId,
        at,
        at - deadAfterMs,
      ]);
      return rowCount === 1;
    },
    async expired(before) {
      const { rows } = await pool.query<{ boot_id: string }>(
        'SELECT boot_id FROM nodes WHERE seen_at < $1 ORDER BY seen_at',
        [before],
      );
      return rows.map((row) => row.boot_id);
    },
    async remove(bootId) {
      await pool.query('DELETE FROM nodes WHERE boot_id = $1', [bootId]);
      registered.delete(bootId);
    },
  };
};
