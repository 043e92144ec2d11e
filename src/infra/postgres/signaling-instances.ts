// Numbers page loads in the database, so that every node and every later process gives the same page the same number.
import type { Pool } from 'pg';
import type { SignalingInstances } from '../../realtime/ports.ts';

const UNIQUE_VIOLATION = '23505';
const MAX_TRIES = 10;

// Rows of pages long gone are dropped on the way: a participant who reloads for hours leaves twenty at most.
const NUMBER_INSTANCE = {
  name: 'number-instance',
  text: `
    WITH known AS (SELECT epoch FROM signaling_instances WHERE participant_id = $2 AND instance = $3),
    next AS (SELECT coalesce(max(epoch), 0) + 1 AS epoch FROM signaling_instances WHERE participant_id = $2),
    added AS (
      INSERT INTO signaling_instances (room_id, participant_id, instance, epoch)
      SELECT $1, $2, $3, next.epoch FROM next WHERE NOT EXISTS (SELECT 1 FROM known)
      RETURNING epoch
    ),
    dropped AS (
      DELETE FROM signaling_instances USING next
      WHERE participant_id = $2 AND instance <> $3 AND signaling_instances.epoch < next.epoch - 20
    )
    SELECT epoch FROM known UNION ALL SELECT epoch FROM added`,
};

// A number that another page has got in the meantime stays that page's.
const REMEMBER = `
  INSERT INTO signaling_instances (room_id, participant_id, instance, epoch)
  SELECT $1, page."participantId", page.instance, page."pageEpoch"
  FROM json_to_recordset($2::json) AS page ("participantId" text, instance text, "pageEpoch" int)
  ON CONFLICT DO NOTHING`;

export const createSignalingInstances = (pool: Pool): SignalingInstances => ({
  async pageEpochOf(roomId, participantId, instance) {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      try {
        const { rows } = await pool.query<{ epoch: number }>({
          ...NUMBER_INSTANCE,
          values: [roomId, participantId, instance],
        });
        const [row] = rows;
        if (row) return row.epoch;
      } catch (error) {
        // Two pages of one participant took the same number at once: one of them takes the next.
        const taken = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
        if (!taken) throw error;
      }
    }
    throw new Error(`no number was free for a page of participant ${participantId} after ${MAX_TRIES} tries`);
  },
  async remember(roomId, pages) {
    await pool.query(REMEMBER, [roomId, JSON.stringify(pages)]);
  },
});
