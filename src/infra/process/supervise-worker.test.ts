import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, it } from 'vitest';
import { superviseWorker } from './supervise-worker.ts';

const node = process.execPath;
let folder = '';

/** From here to the end of the test no Node can be found. */
const hideNode = async (): Promise<void> => {
  folder = await mkdtemp(join(tmpdir(), 'trialogue-worker-'));
  process.execPath = join(folder, 'no-node-here');
};
afterEach(async () => {
  process.execPath = node;
  await rm(folder, { recursive: true });
});

/** A logger whose lines can be waited for. */
const createTold = () => {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const log = pino(
    {},
    {
      write(line: string) {
        lines.push(line);
        for (const [text, resolve] of waiting) if (line.includes(text)) resolve();
      },
    },
  );
  const until = (text: string) =>
    lines.some((line) => line.includes(text))
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(text, resolve));
  return { log, until };
};

it('a worker that could not even be started is started again', async () => {
  await hideNode();
  const entry = join(folder, 'worker.js');
  await writeFile(entry, "process.on('message', () => {}); process.exitCode = 7; process.disconnect();");
  const { log, until } = createTold();
  const worker = superviseWorker({ entry, env: process.env, log });
  await until('ENOENT');
  await until('will be started again');
  // Once it can be started it is: this one ends by itself, with a code of its own.
  process.execPath = node;
  await until('"code":7');
  await worker.stop();
});

it('stopping does not wait for a worker that never came to life', async () => {
  await hideNode();
  const { log, until } = createTold();
  const worker = superviseWorker({ entry: 'none.js', env: process.env, log });
  await worker.stop();
  await until('ENOENT');
});
