// Who still runs on a DATA_DIR: the server, its worker, PostgreSQL and its backends. Reads /proc, so it sees all on Linux only.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

const quietly = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch {
    // The process ended while it was looked at.
    return otherwise;
  }
};

/** Known by the setting that they were started with, or by standing in that folder (PostgreSQL does). */
export const processesOn = (dataDir: string): RunningProcess[] => {
  const pids = quietly(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const folder = join('/proc', name);
    if (/^\d+ \(.*\) Z/s.test(quietly(() => readFileSync(join(folder, 'stat'), 'utf8'), ''))) return [];
    const environment = quietly(() => readFileSync(join(folder, 'environ'), 'utf8'), '').split('\0');
    const cwd = quietly(() => readlinkSync(join(folder, 'cwd')), '');
    if (!environment.includes(`DATA_DIR=${dataDir}`) && !cwd.startsWith(dataDir)) return [];
    const command = quietly(() => readFileSync(join(folder, 'cmdline'), 'utf8'), '')
      .replaceAll('\0', ' ')
      .trim();
    return [{ pid: Number(name), command }];
  });
};

export const killQuietly = (pid: number, signal: NodeJS.Signals): void => {
  quietly(() => process.kill(pid, signal), false);
};
