// Reads one room in a process that has never seen it, and prints what that took. node bench/load-once.ts DATABASE_URL ROOM HOW
import { pino } from 'pino';
import { createLocalCopies } from '../src/infra/memory/local-copies.ts';
import { createJournal } from '../src/infra/postgres/journal.ts';
import { createPool } from '../src/infra/postgres/pool.ts';
import { createRoomLoader } from '../src/rooms/copies/load-room.ts';

/** `bare`: the same rows by the driver alone. */
export type How = 'room' | 'bare';

export interface Loaded {
  readonly version: number;
  readonly ms: number;
  readonly cpuMs: number;
  /** What it leaves in the heap, and how much more the process ever took than before. */
  readonly keptBytes: number;
  readonly peakBytes: number;
}

const [url = '', roomId = '', how = 'room'] = process.argv.slice(2);
const log = pino({ level: 'warn' });
const pool = createPool(url, { max: 2, log });
const journal = createJournal({
  ...{ pool, log },
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
});
const loader = createRoomLoader({
  journal,
  copies: createLocalCopies(),
  snapshots: { rebuilt: () => {} },
  setAside: { admit: () => {}, failed: (_, error) => error, settled: () => {} },
});

const loadRoom = async (): Promise<{ version: number; held: unknown }> => {
  const state = await loader.load(roomId);
  return { version: state?.version ?? 0, held: state };
};

const readRows = async (): Promise<{ version: number; held: unknown }> => {
  const room = await pool.query(
    `SELECT r.*, v.content FROM rooms r JOIN study_versions v ON v.study_id = r.study_id AND v.version = r.study_version
     WHERE r.id = $1`,
    [roomId],
  );
  const snapshot = await pool.query('SELECT * FROM room_snapshots WHERE room_id = $1', [roomId]);
  const commits = await pool.query(
    'SELECT version, commit_id, at, events, command FROM commits WHERE room_id = $1 AND version > $2 ORDER BY version',
    [roomId, snapshot.rows[0]?.version ?? 0],
  );
  return { version: commits.rows.at(-1)?.version, held: [room, snapshot, commits] };
};

// A server has connections by then.
await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')]);
global.gc?.();
const before = process.memoryUsage();
const cpu = process.cpuUsage();
const begun = performance.now();
const { version, held } = await (how === 'room' ? loadRoom() : readRows());
const ms = performance.now() - begun;
const { user, system } = process.cpuUsage(cpu);
const peakBytes = process.resourceUsage().maxRSS * 1_024 - before.rss;
global.gc?.();
const keptBytes = process.memoryUsage().heapUsed - before.heapUsed;
const loaded: Loaded = { version, ms, cpuMs: (user + system) / 1_000, keptBytes, peakBytes };
console.log(JSON.stringify(loaded));
// Until here, so that it counts.
if (held === undefined) process.exitCode = 1;
await journal.close();
await pool.end();
