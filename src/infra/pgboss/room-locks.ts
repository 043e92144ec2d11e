// One job of a room at a time, over all workers: an advisory lock on a connection of its own, which the server frees by itself
// when the worker dies.
import { createHash } from 'node:crypto';
import type pg from 'pg';

export interface RoomLock {
  release(): void;
}

/** Two rooms that share a key only wait for each other. */
const keyOf = (roomId: string): string =>
  createHash('sha256').update(`process_room ${roomId}`).digest().readBigInt64BE(0).toString();

export const createRoomLocks = (pool: pg.Pool) => ({
  /** Undefined: another worker has it. */
  async tryLock(roomId: string): Promise<RoomLock | undefined> {
    const client = await pool.connect();
    let held = false;
    try {
      const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
        keyOf(roomId),
      ]);
      held = rows[0]?.held ?? false;
    } finally {
      if (!held) client.release();
    }
    if (!held) return undefined;
    // Ends the session and with it the lock: an unlock that fails could leave it held by a pooled connection.
    return { release: () => client.release(true) };
  },
});
