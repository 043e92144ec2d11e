// Looks at the operating system for what an embedded database leaves behind, and starts servers to kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killQuietly } from '../../../processes/process-table.ts';

export interface EmbeddedChild {
  readonly process: ChildProcess;
  /** What it said when it was ready, or why it was not. */
  readonly said: { readonly url?: string; readonly code?: string; readonly message?: string };
  end(signal: NodeJS.Signals): Promise<void>;
}

export const startEmbeddedChild = async (
  dataDir: string,
  options: { readonly uid?: number; readonly gid?: number; readonly script?: string } = {},
): Promise<EmbeddedChild> => {
  const { script = join(import.meta.dirname, 'embedded-child.ts'), ...ids } = options;
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', ...ids });
  const exit = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (bytes) => {
    errors += bytes;
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), exit.then(() => [undefined])]);
  if (typeof line !== 'string') throw new Error(`the server said nothing: ${errors}`);
  return {
    process: child,
    said: JSON.parse(line),
    async end(signal) {
      child.kill(signal);
      await exit;
    },
  };
};

/** Processes that work in or below a folder; those that have ended but are not collected yet do not count. */
export const processesIn = async (folder: string): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return cwd === folder || cwd.startsWith(`${folder}/`);
    }),
  );
  return pids.filter((_, index) => found[index]);
};

/** Kills them and tells which there were. */
export const killProcessesIn = async (folder: string): Promise<number[]> => {
  const pids = await processesIn(folder);
  for (const pid of pids) killQuietly(pid, 'SIGKILL');
  return pids;
};

export const postmasterPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
