// Jobs through pg-boss on the same PostgreSQL: relays the outbox, hands out one job of a room at a time, brings jobs of dead
// workers back. Relaying or handing out twice is harmless by design of the jobs; ids made from the keys keep it rare.
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Job, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { JobOutcome, JobQueue, RoomJob } from '../../jobs/ports.ts';
import type { Clock } from '../../rooms/ports.ts';
import { createRoomLocks } from './room-locks.ts';

const QUEUE = 'process_room';
const ABANDONED_QUEUE = 'process_room_abandoned';

/** A worker that says nothing for this long is dead. pg-boss allows no less. */
const HEARTBEAT_SECONDS = 10;
/** How often jobs of dead workers are looked for: with the heartbeat, a job resumes within about 17 s. */
const MONITOR_SECONDS = 5;
/** Far above the longest room: the heartbeat finds dead workers, this only a handler that hangs. */
const LONGEST_RUN_SECONDS = 6 * 3_600;
/** Crashes of the worker, not failures of a service: those have a table of their own. */
const CRASHES_ALLOWED = 4;
const RELAY_INTERVAL_MS = 500;
const RELAY_BATCH = 100;
const BUSY_ROOM_DELAY_MS = 1_000;
const CLOSE_TIMEOUT_MS = 5_000;

type JobAgain = Extract<JobOutcome, { type: 'again' }>;

const jobSchema = z.object({ roomId: z.string().min(1), key: z.string().min(1) });

interface OutboxRow {
  readonly id: string;
  readonly room_id: string;
  readonly key: string;
  readonly not_before: number;
}

/** The same name gives the same id: pg-boss keeps the first and passes over the others. */
const jobIdOf = (name: string): string => {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export interface JobQueueOptions {
  /** Needs a connection for every job that runs at once, and two more. */
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Logger;
  /** Rooms worked on at once. */
  readonly concurrency: number;
}

export const createJobQueue = ({ pool, clock, log, concurrency }: JobQueueOptions): JobQueue => {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schedule: false,
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn({ err: error.message }, 'the job queue has trouble'));
  const locks = createRoomLocks(pool);
  const closing = new AbortController();
  let relayTimer: NodeJS.Timeout | undefined;
  let relaying: Promise<void> = Promise.resolve();
  let workId = '';

  /** A delay and not an instant: it is the room clock that all go by, and to a database whose clock is ahead it may be over. */
  const secondsUntil = (at: number): number => Math.max(0, Math.ceil(at - clock.now())) / 1_000;

  const send = async (job: RoomJob, name: string, at: number): Promise<void> => {
    await boss.send(QUEUE, job, { id: jobIdOf(name), startAfter: secondsUntil(at) });
  };

  /** Once more, under the job's own id: under a name that is taken nothing would be sent. */
  const sendAgain = async (job: RoomJob, asking: string, { name, at }: JobAgain): Promise<void> => {
    await boss.send(QUEUE, job, { id: jobIdOf(`${job.roomId} ${name} after ${asking}`), startAfter: secondsUntil(at) });
  };

  const relayOnce = async (): Promise<void> => {
    for (;;) {
      const { rows } = await pool.query<OutboxRow>(
        'SELECT id, room_id, key, not_before FROM outbox WHERE relayed_at IS NULL AND job = $1 ORDER BY id LIMIT $2',
        [QUEUE, RELAY_BATCH],
      );
      for (const row of rows) await send({ roomId: row.room_id, key: row.key }, row.key, row.not_before);
      // After the jobs are in the queue: a crash in between relays them again under the same ids.
      const ids = rows.map((row) => row.id);
      if (ids.length > 0) await pool.query('UPDATE outbox SET relayed_at = now() WHERE id = ANY($1::bigint[])', [ids]);
      if (rows.some((row) => row.not_before <= clock.now())) boss.notifyWorker(workId);
      if (rows.length < RELAY_BATCH) return;
    }
  };

  const relayForever = (): void => {
    relaying = relayOnce()
      .catch((error: unknown) => log.warn({ err: error }, 'the outbox could not be relayed; trying again'))
      .finally(() => {
        if (!closing.signal.aborted) relayTimer = setTimeout(relayForever, RELAY_INTERVAL_MS);
      });
  };

  const runLocked = async (
    job: Job<unknown>,
    handle: (job: RoomJob, signal: AbortSignal) => Promise<JobOutcome>,
  ): Promise<void> => {
    const roomJob = jobSchema.parse(job.data);
    const signal = AbortSignal.any([job.signal, closing.signal]);
    const lock = await locks.tryLock(roomJob.roomId);
    if (!lock) {
      const at = clock.now() + BUSY_ROOM_DELAY_MS;
      await send(roomJob, `${roomJob.key} busy ${job.id} ${at}`, at);
      return;
    }
    try {
      const outcome = await handle(roomJob, signal);
      if (outcome.type === 'again') await sendAgain(roomJob, job.id, outcome);
    } finally {
      lock.release();
    }
  };

  return {
    async start({ handle, abandoned }) {
      await boss.start();
      await boss.createQueue(ABANDONED_QUEUE);
      const options = {
        retryLimit: CRASHES_ALLOWED,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 5,
        expireInSeconds: LONGEST_RUN_SECONDS,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        deadLetter: ABANDONED_QUEUE,
      };
      await boss.createQueue(QUEUE, options);
      await boss.work<unknown>(ABANDONED_QUEUE, { pollingIntervalSeconds: 2 }, async ([job]) => {
        const parsed = jobSchema.safeParse(job?.data);
        if (parsed.success) await abandoned(parsed.data);
      });
      workId = await boss.work<unknown>(
        QUEUE,
        { pollingIntervalSeconds: 1, localConcurrency: concurrency, heartbeatRefreshSeconds: 2 },
        async ([job]) => {
          if (job) await runLocked(job, handle);
        },
      );
      relayForever();
    },

    async close() {
      closing.abort(new Error('the worker is closing'));
      clearTimeout(relayTimer);
      await relaying;
      // First the workers, so that a job that was aborted can still say when it wants to run again.
      await boss.offWork(QUEUE, { wait: true });
      await boss.stop({ graceful: true, timeout: CLOSE_TIMEOUT_MS });
    },
  };
};
