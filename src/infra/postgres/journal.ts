// The journal: what has been decided in every room, durable. Appends go out in group commits over one connection of their
// own; (room_id, version) lets one of two contenders win. Reads go through the pool.
import type pg from 'pg';
import type { Logger } from 'pino';
import { OPEN_PHASES } from '../../protocol/phases.ts';
import type { StoredCommit } from '../../room/commands.ts';
import type { RememberedCommand } from '../../room/state.ts';
import { type Clock, COMMITS_A_READ, type Journal, type NewCommit } from '../../rooms/ports.ts';
import { type BatchWriter, createGroupCommit } from './group-commit.ts';
import { APPEND, APPEND_WITH_ROWS, bringsRows, recordOf } from './journal-statement.ts';
import { createPercentileWindow } from './percentile-window.ts';
import { createRoomDefinitions } from './room-definitions.ts';
import { createRoomSnapshots } from './room-snapshots.ts';

export interface PostgresJournal extends Journal {
  /** 95th percentile of recent appends, from the call to the outcome. */
  commitP95Ms(): number;
  /** After everything appended has an outcome. Must come before the pool's `end()`. */
  close(): Promise<void>;
}

interface JournalOptions {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Least time between the beginnings of two batches. Idle, a commit goes at once; at 1,000 commits a second 8 ms instead of 4
 * take a fifth of the CPU off both processes for 2 ms more of waiting (docs/performance.md). A slower disk gathers by itself.
 */
const GATHER_MS = 8;
/** Beyond what the database has for a statement: then it does not answer, and a lookup follows. */
const NO_ANSWER_MS = 1_000;
const LOOKUP_TIMEOUT_MS = 2_000;
const USUAL_COMMIT_MS = 10;

interface CommitRow {
  readonly version: number;
  readonly commit_id: string;
  readonly at: number;
  readonly events: StoredCommit['events'];
  readonly command: NonNullable<StoredCommit['command']> | null;
}

/** Rooms whose rows are locked are skipped; what a commit brings along (recordings, jobs) may still wait for somebody. */
const LOCK_TIMEOUT_MS = 100;

/** A batch touches few rooms; the planner, which cannot know that, would read all of them. */
const connect = async (pool: pg.Pool): Promise<pg.PoolClient> => {
  const client = await pool.connect();
  try {
    await client.query(`SET enable_seqscan = off; SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
};

const createWriter = ({ pool, log }: JournalOptions) => {
  let client: pg.PoolClient | undefined;
  /** What this client has been told; undefined: nothing yet. */
  let timeoutMs: number | undefined;

  /**
   * The database itself ends what takes too long, and with it the locks on all rooms of the batch: a statement that was merely
   * not waited for any more would keep them from being written again.
   */
  const setTimeLimit = async (to: pg.PoolClient, withinMs: number): Promise<void> => {
    if (timeoutMs === withinMs) return;
    const text = `SET statement_timeout = ${withinMs}`;
    await to.query({ text, query_timeout: NO_ANSWER_MS } as pg.QueryConfig);
    timeoutMs = withinMs;
  };

  const drop = (): void => {
    // Not back into the pool: it is set up for this statement alone.
    client?.release(true);
    client = undefined;
    timeoutMs = undefined;
  };

  const writer: BatchWriter = {
    async write(batch, withinMs) {
      client ??= await connect(pool);
      const statement = batch.some(bringsRows) ? APPEND_WITH_ROWS : APPEND;
      const values = [`[${batch.map(recordOf).join()}]`];
      try {
        await setTimeLimit(client, withinMs);
        const { rows } = await client.query<[string, boolean]>({
          ...statement,
          values,
          rowMode: 'array',
          query_timeout: withinMs + NO_ANSWER_MS,
        } as pg.QueryArrayConfig);
        const lost = new Set<string>();
        const held = new Set<string>();
        for (const [roomId, isSkipped] of rows) (isSkipped ? held : lost).add(roomId);
        return { lost, held };
      } catch (error) {
        log.warn({ err: error, commits: batch.length }, 'a batch of commits failed');
        // Whatever state it is in: the next batch gets a connection that is known to work.
        drop();
        throw error;
      }
    },
    async present(commitIds) {
      const { rows } = await pool.query<{ commit_id: string }>({
        text: 'SELECT commit_id FROM commits WHERE commit_id = ANY($1)',
        values: [commitIds],
        query_timeout: LOOKUP_TIMEOUT_MS,
      } as pg.QueryConfig);
      return new Set(rows.map((row) => row.commit_id));
    },
  };
  return { writer, close: drop };
};

const commitOf = ({ version, commit_id: commitId, at, events, command }: CommitRow): StoredCommit => ({
  ...{ version, commitId, at, events },
  ...(command === null ? {} : { command }),
});

export const createJournal = (options: JournalOptions): PostgresJournal => {
  const { pool, clock } = options;
  const { writer, close } = createWriter(options);
  const group = createGroupCommit(writer, { gatherMs: GATHER_MS, monotonic: clock.monotonic });
  const durations = createPercentileWindow(USUAL_COMMIT_MS);

  return {
    async append(entry: NewCommit) {
      const begin = clock.monotonic();
      const outcome = await group.append(entry);
      durations.add(clock.monotonic() - begin);
      return outcome;
    },
    ...createRoomDefinitions(pool),
    async commits(roomId, since, limit = COMMITS_A_READ) {
      const { rows } = await pool.query<CommitRow>({
        name: 'journal_commits',
        text: `SELECT version, commit_id, at, events, command FROM commits
               WHERE room_id = $1 AND version > $2 ORDER BY version LIMIT $3`,
        values: [roomId, since, Math.min(limit, COMMITS_A_READ)],
      });
      return rows.map(commitOf);
    },
    async heads(roomIds) {
      const { rows } = await pool.query<[string, number, string | null]>({
        name: 'journal_heads',
        text: `SELECT r.id, r.version, c.commit_id FROM rooms r
               LEFT JOIN commits c ON c.room_id = r.id AND c.version = r.version WHERE r.id = ANY($1)`,
        values: [roomIds],
        rowMode: 'array',
      });
      return new Map(rows.map(([id, version, commitId]) => [id, { version, ...(commitId !== null && { commitId }) }]));
    },
    async includes(roomId, version, commitId) {
      const { rowCount } = await pool.query({
        name: 'journal_includes',
        text: 'SELECT 1 FROM commits WHERE room_id = $1 AND version = $2 AND commit_id = $3',
        values: [roomId, version, commitId],
      });
      return rowCount === 1;
    },
    async commandOf(roomId, participantId, commandId) {
      const { rows } = await pool.query<{ command: RememberedCommand }>({
        name: 'journal_command_of',
        text: `SELECT command FROM commits WHERE command IS NOT NULL AND room_id = $1
               AND command ->> 'participantId' = $2 AND command ->> 'commandId' = $3`,
        values: [roomId, participantId, commandId],
      });
      const command = rows[0]?.command;
      return command && { digest: command.digest, answer: command.answer };
    },
    ...createRoomSnapshots(pool),
    async dueRooms(at, limit, except) {
      const { rows } = await pool.query<{ id: string }>({
        name: 'journal_due_rooms',
        text: `SELECT id FROM rooms WHERE next_deadline_at <= $1 AND id <> ALL($3)
               ORDER BY next_deadline_at LIMIT $2`,
        values: [at, limit, except],
      });
      return rows.map((row) => row.id);
    },
    async openRooms() {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM rooms WHERE phase = ANY($1) AND version > 0 ORDER BY id`,
        [OPEN_PHASES],
      );
      return rows.map((row) => row.id);
    },
    commitP95Ms: durations.p95,
    async close() {
      await group.drain();
      close();
    },
  };
};
