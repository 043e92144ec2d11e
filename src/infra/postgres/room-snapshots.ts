// Snapshots of rooms, one row each. Erasing the room takes it along.
import type pg from 'pg';
import { STATE_SHAPE } from '../../room/state-shape.ts';
import type { Journal, StoredSnapshot } from '../../rooms/ports.ts';

export const createRoomSnapshots = (pool: pg.Pool): Pick<Journal, 'snapshot' | 'keepSnapshot'> => ({
  async snapshot(roomId) {
    // A database that was put back to an older state may have another history than the snapshot was made of.
    const { rows } = await pool.query<StoredSnapshot>({
      name: 'room_snapshot',
      text: `SELECT s.version, s.commit_id AS "commitId", s.state FROM room_snapshots s
             JOIN commits c ON c.room_id = s.room_id AND c.version = s.version AND c.commit_id = s.commit_id
             WHERE s.room_id = $1 AND s.shape = $2`,
      values: [roomId, STATE_SHAPE],
    });
    return rows[0];
  },
  async keepSnapshot(roomId, { version, commitId, state }) {
    await pool.query({
      name: 'room_snapshot_keep',
      text: `INSERT INTO room_snapshots (room_id, version, commit_id, shape, state)
             SELECT room_id, version, commit_id, $4, $5 FROM commits WHERE room_id = $1 AND version = $2 AND commit_id = $3
             ON CONFLICT (room_id) DO UPDATE SET
               version = EXCLUDED.version, commit_id = EXCLUDED.commit_id, shape = EXCLUDED.shape, state = EXCLUDED.state`,
      values: [roomId, version, commitId, STATE_SHAPE, state],
    });
  },
});
