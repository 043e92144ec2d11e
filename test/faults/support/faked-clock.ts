// The wall clock of a process as a test sets it while the process runs, by libfaketime; its monotonic clock stays the machine's.
// Where libfaketime is not found (FAKETIME_LIBRARY names it), the tests that need it are skipped with the reason.
import { existsSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { tellSweeper } from '../../../processes/tell-sweeper.ts';

const LIBRARIES = '/usr/lib';
const NOT_FOUND =
  'no libfaketime found: install Debian\'s "faketime", or set FAKETIME_LIBRARY to the path of libfaketimeMT.so.1';

const findLibrary = (): string | undefined => {
  const named = process.env.FAKETIME_LIBRARY;
  if (named) return named;
  if (process.platform !== 'linux' || !existsSync(LIBRARIES)) return undefined;
  return readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, 'faketime/libfaketimeMT.so.1'))
    .find(existsSync);
};

/** `describe` for tests that set the clocks of processes. */
export const describeWithFakedClocks = (name: string, define: () => void): void => {
  if (findLibrary() === undefined) describe.skip(`${name} (skipped: ${NOT_FOUND})`, define);
  else describe(name, define);
};

export interface FakedClock {
  /** For the process whose clock it is to be. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the clock is so far ahead of the machine's. */
  set(aheadMs: number): void;
  remove(): void;
}

export const createFakedClock = (aheadMs = 0): FakedClock => {
  const library = findLibrary();
  if (library === undefined) throw new Error(NOT_FOUND);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-clock-')));
  tellSweeper('remove', folder);
  const file = join(folder, 'ahead');
  const set: FakedClock['set'] = (ms) => {
    // At once: the process reads it whenever it asks for the time.
    writeFileSync(`${file}.next`, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1_000}\n`);
    renameSync(`${file}.next`, file);
  };
  set(aheadMs);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
    remove() {
      rmSync(folder, { recursive: true, force: true });
      tellSweeper('forget', folder);
    },
  };
};
