// Reads who runs on a data folder, and ends it: postmaster.pid as PostgreSQL writes it, checked against the processes that
// exist. It must never end a process that is not PostgreSQL on exactly this folder.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from 'pino';

/** No system hands out this process id, so PostgreSQL finds the file stale. */
const NOBODYS_PID = '2147483646';
const PID_LINE = 0;
const PORT_LINE = 3;
const STATUS_LINE = 7;
const POLL_MS = 20;
/** Parts of the time that a stop has. */
const IN_ORDER = 0.6;
const AT_ONCE = 0.2;

export interface Postmaster {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
}

const pidFile = (dataFolder: string): string => join(dataFolder, 'postmaster.pid');

export const readPostmaster = async (dataFolder: string): Promise<Postmaster | undefined> => {
  const text = await readFile(pidFile(dataFolder), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[PID_LINE]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[PORT_LINE]);
  return { pid, port: port > 0 ? port : undefined, ready: lines[STATUS_LINE] === 'ready' };
};

/** Also of a process that has ended but that nobody has collected yet, which PostgreSQL takes for a living one. */
const isKnown = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

export const isRunning = async (pid: number): Promise<boolean> => {
  if (!isKnown(pid)) return false;
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) Z/s.test(status);
};

/** A postmaster's working folder is its data folder. Where there is no /proc its command line tells. */
export const runsOn = async (pid: number, dataFolder: string): Promise<boolean> => {
  if (!(await isRunning(pid))) return false;
  if (process.platform === 'linux') {
    const [cwd, real] = await Promise.all([readlink(`/proc/${pid}/cwd`).catch(() => ''), realpath(dataFolder)]);
    return cwd === real;
  }
  const ps = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({ stdout: '' }));
  return ps.stdout.includes('postgres') && ps.stdout.includes(dataFolder);
};

/**
 * The id in the file is taken by another program, or by a killed postmaster that nobody has collected; either would block
 * PostgreSQL's start. The rest of the file stays: by it PostgreSQL finds shared memory that old backends still use.
 */
export const disownPidFile = async (dataFolder: string, pid: number): Promise<void> => {
  if (!isKnown(pid)) return;
  const lines = (await readFile(pidFile(dataFolder), 'utf8').catch(() => '')).split('\n');
  // Another start may have put its own file in place since.
  if (Number(lines[PID_LINE]) !== pid) return;
  lines[PID_LINE] = NOBODYS_PID;
  // Whoever owns the file: PostgreSQL only reads and removes it.
  const draft = `${pidFile(dataFolder)}.draft`;
  await writeFile(draft, lines.join('\n'), { mode: 0o644 });
  await rename(draft, pidFile(dataFolder));
};

const gone = async (pid: number, withinMs: number): Promise<boolean> => {
  const deadline = performance.now() + withinMs;
  while (await isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
};

/** The postmaster, and its backends: those that are frozen would not notice that it has ended. Without /proc, only it. */
const killAll = async (dataFolder: string, postmaster: number): Promise<void> => {
  const names = await readdir('/proc').catch(() => [String(postmaster)]);
  const pids = names.map(Number).filter(Number.isInteger);
  const isOnIt = await Promise.all(pids.map((pid) => runsOn(pid, dataFolder)));
  for (const [index, pid] of pids.entries()) {
    try {
      // Frozen before it went to its folder, the postmaster does not show it.
      if (isOnIt[index] || pid === postmaster) process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
};

/** In order if the time allows it, else at once, with a recovery at the next start, else by force. */
export const endPostmaster = async (
  dataFolder: string,
  pid: number,
  { log, withinMs }: { readonly log: Logger; readonly withinMs: number },
): Promise<void> => {
  process.kill(pid, 'SIGINT');
  if (await gone(pid, withinMs * IN_ORDER)) return;
  log.warn('the embedded database does not end in time, stopping it at once; it will recover at the next start');
  process.kill(pid, 'SIGQUIT');
  if (await gone(pid, withinMs * AT_ONCE)) return;
  await killAll(dataFolder, pid);
  await gone(pid, withinMs);
};
