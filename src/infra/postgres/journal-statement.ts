// The one statement that makes commits durable: many rooms, one round trip, one fsync. It locks each room's row and writes only if
// the row's version is the one before, and the commit before is the one that was known: after a fail-over the database may have
// another history of the same length. A row that is locked by somebody else is skipped and reported, for all other rooms of the
// statement would wait with it.
import type { NewCommit } from '../../rooms/ports.ts';

const INPUT = `
input AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS row (
    room text, version int, id text, previous text, at float8, events jsonb, command jsonb,
    phase text, page int, started float8, ended float8, due float8, recordings json, stopped json, jobs json
  )
)`;

// READ COMMITTED checks the version again on the newest row.
const WINNERS = `
locked AS MATERIALIZED (
  SELECT rooms.id FROM rooms JOIN input ON rooms.id = input.room AND rooms.version = input.version - 1
  ORDER BY rooms.id FOR NO KEY UPDATE OF rooms SKIP LOCKED
),
won AS (
  INSERT INTO commits (room_id, version, commit_id, at, events, command)
  SELECT room, version, input.id, at, events, command FROM input JOIN locked ON locked.id = input.room
  WHERE previous IS NULL OR EXISTS (
    SELECT 1 FROM commits c WHERE c.room_id = room AND c.version = input.version - 1 AND c.commit_id = previous
  )
  ON CONFLICT DO NOTHING RETURNING room_id
),
moved AS (
  UPDATE rooms SET version = input.version, phase = input.phase, page = input.page,
    started_at = to_timestamp(input.started / 1000), ended_at = to_timestamp(input.ended / 1000), next_deadline_at = input.due
  FROM input JOIN won ON won.room_id = input.room WHERE rooms.id = input.room
)`;

const ROWS_OF_WINNERS = `
new_recordings AS (
  INSERT INTO recordings (id, room_id, participant_id, take, mime_type, path, started_at, ended_at)
  SELECT r.id, input.room, r.participant, r.take, r.mime, r.path, r.started, r.ended
  FROM input JOIN won ON won.room_id = input.room
  CROSS JOIN json_to_recordset(input.recordings)
    AS r (id text, participant text, take int, mime text, path text, started float8, ended float8)
),
stopped_recordings AS (
  UPDATE recordings SET ended_at = s.ended
  FROM input JOIN won ON won.room_id = input.room
  CROSS JOIN json_to_recordset(input.stopped) AS s (id text, ended float8)
  WHERE recordings.id = s.id AND recordings.room_id = input.room
),
work AS (
  INSERT INTO outbox (room_id, job, key, not_before)
  SELECT input.room, j.job, j.key, j.due
  FROM input JOIN won ON won.room_id = input.room
  CROSS JOIN json_to_recordset(input.jobs) AS j (job text, key text, due float8)
  ON CONFLICT DO NOTHING
)`;

/** Nearly always empty, which is cheaper to read than the winners. Skipped: it could have won, and its row was not to be had. */
const LOSERS = `
SELECT room, room NOT IN (SELECT id FROM locked)
  AND EXISTS (SELECT 1 FROM rooms WHERE rooms.id = input.room AND rooms.version = input.version - 1) AS skipped
FROM input WHERE room NOT IN (SELECT room_id FROM won)`;

/** Most batches hold commits alone; the other one writes what some commits bring along. */
export const APPEND = { name: 'journal_append', text: `WITH ${INPUT}, ${WINNERS} ${LOSERS}` };
export const APPEND_WITH_ROWS = {
  name: 'journal_append_with_rows',
  text: `WITH ${INPUT}, ${WINNERS}, ${ROWS_OF_WINNERS} ${LOSERS}`,
};

export const bringsRows = ({ newRecordings, stoppedRecordings, jobs }: NewCommit): boolean =>
  newRecordings.length > 0 || stoppedRecordings.length > 0 || jobs.length > 0;

const rowsOf = ({ newRecordings, stoppedRecordings, jobs }: NewCommit) => {
  const endedAt = new Map(stoppedRecordings.map(({ id, endedAt }) => [id, endedAt]));
  return {
    // A statement does not see the rows that it inserts: one that starts and stops in this commit is inserted stopped.
    recordings: newRecordings.map(({ id, participantId, take, mimeType, path, startedAt }) => ({
      ...{ id, participant: participantId, take, mime: mimeType, path, started: startedAt },
      ended: endedAt.get(id),
    })),
    stopped: stoppedRecordings.map(({ id, endedAt: ended }) => ({ id, ended })),
    jobs: jobs.map(({ job, key, notBefore }) => ({ job, key, due: notBefore })),
  };
};

/** One record of the statement's input. */
export const recordOf = (entry: NewCommit): string => {
  const { roomId, commit, previous, summary } = entry;
  return JSON.stringify({
    room: roomId,
    version: commit.version,
    id: commit.commitId,
    previous,
    at: commit.at,
    events: commit.events,
    command: commit.command,
    phase: summary.phase,
    page: summary.page,
    started: summary.startedAt,
    ended: summary.endedAt,
    due: summary.nextDeadlineAt,
    ...(bringsRows(entry) ? rowsOf(entry) : undefined),
  });
};
