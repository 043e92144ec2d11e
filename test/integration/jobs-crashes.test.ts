// What becomes of a job when its worker dies, closes or meets another one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { seedFinishedDebate } from '../support/jobs/finished-debate.ts';
import { createJobsBench } from '../support/jobs/jobs-bench.ts';
import type { TestWorkerOptions } from '../support/jobs/test-worker.ts';

const bench = createJobsBench();

const WORKER_PROCESS = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

const forkWorker = async (options: TestWorkerOptions) => {
  const child = fork(WORKER_PROCESS, [JSON.stringify(options)], { execArgv: [] });
  await once(child, 'message');
  return child;
};

/** Resolves when the local AI service has received its nth request of a kind. */
const received = (kind: 'speech' | 'chat', count: number): Promise<void> =>
  new Promise((resolve) => {
    let seen = 0;
    bench.ai.onRequest = (came) => {
      if (came !== kind) return;
      seen += 1;
      if (seen === count) resolve();
    };
  });

describe('a worker that dies', () => {
  test('[JB14] a killed worker is replaced within 30 s, and what was paid before is not paid again', {
    timeout: 60_000,
  }, async () => {
    const debate = await seedFinishedDebate(bench.stores);
    bench.ai.failSpeech(undefined, { type: 'silence' });
    const secondCall = received('speech', 2);
    const doomed = await forkWorker(bench.workerOptions());
    await secondCall;
    const dead = once(doomed, 'exit');
    doomed.kill('SIGKILL');
    await dead;
    const killedAt = performance.now();
    const thirdCall = received('speech', 1);
    await bench.startWorker();
    await thirdCall;
    const resumedMs = Math.round(performance.now() - killedAt);
    console.log(`the job of a killed worker resumed after ${resumedMs} ms`);
    expect(resumedMs).toBeLessThan(30_000);
    await bench.report(debate.roomId, 1);
    // Three takes, and once more the one that was under way when the worker died.
    const digests = bench.ai.transcriptions.map((audio) => audio.digest);
    expect(digests).toHaveLength(4);
    expect(new Set(digests).size).toBe(3);
    expect(digests.filter((digest) => digest === digests[0])).toHaveLength(1);
  });

  test('[JB15] a worker that is closed gives its job back at once', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    bench.ai.failSpeech({ type: 'silence' });
    const firstCall = received('speech', 1);
    const closing = await bench.startWorker();
    await firstCall;
    await closing.close();
    await bench.startWorker();
    expect(await bench.report(debate.roomId, 1)).toMatchObject({ supported: true });
    expect(bench.ai.transcriptions).toHaveLength(4);
  });

  test('[JB16] two workers never work on one room at once', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    for (let index = 0; index < 4; index += 1) await bench.rerun(debate.roomId);
    await Promise.all([bench.startWorker(), bench.startWorker()]);
    await bench.report(debate.roomId, 5);
    expect([bench.ai.transcriptions.length, bench.ai.chats.length]).toEqual([3, 5]);
  });

  test('[JB17] a room that is erased while it is worked on ends its job quietly', async () => {
    const debate = await seedFinishedDebate(bench.stores);
    bench.ai.failSpeech({ type: 'silence' });
    const firstCall = received('speech', 1);
    await bench.startWorker();
    await firstCall;
    await bench.stores.pool.query('DELETE FROM rooms WHERE id = $1', [debate.roomId]);
    bench.ai.release();
    await eventually('the job is over', async () => {
      const states = await bench.queued(debate.roomId);
      return states.length > 0 && states.every((state) => state === 'completed');
    });
    expect(await bench.results.stages(debate.roomId)).toMatchObject([
      { attempts: 0 },
      { attempts: 0 },
      { attempts: 0 },
    ]);
  });

  test('[JB19] a job that crashes again and again is given up and says so, and other rooms go on', {
    timeout: 60_000,
  }, async () => {
    const poison = await seedFinishedDebate(bench.stores);
    await bench.stores.pool.query("UPDATE commits SET events = '5' WHERE room_id = $1", [poison.roomId]);
    const healthy = await seedFinishedDebate(bench.stores);
    await bench.startWorker();
    await bench.report(healthy.roomId, 1);
    const failed = await eventually(
      'the job is given up',
      async () => {
        const stage = await bench.stage(poison.roomId, 'recordings');
        return stage.state === 'failed' && stage;
      },
      50_000,
    );
    expect(failed.error?.code).toBe('abandoned');
  });
});
