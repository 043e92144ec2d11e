// Builds of the program beside this one, in folders of their own that are gone in the end: a former commit as the history has
// it, and this one as it would be with something newer in it.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellSweeper } from '../../../processes/tell-sweeper.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../../..');
/** What a server runs from. */
const PARTS = ['src', 'prisma', 'package.json'];

export interface OtherBuild {
  readonly folder: string;
  /** For spawnServer. */
  readonly command: readonly [string, ...string[]];
  remove(): void;
}

const newBuild = (fill: (folder: string) => void): OtherBuild => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-build-')));
  tellSweeper('remove', folder);
  fill(folder);
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    command: [process.execPath, join(folder, 'src/preflight.js')],
    remove() {
      rmSync(folder, { recursive: true, force: true });
      tellSweeper('forget', folder);
    },
  };
};

/** Why the commit cannot be built; undefined when it can. */
export const missingCommit = (commit: string): string | undefined => {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: PROJECT_ROOT, stdio: 'pipe' });
    return undefined;
  } catch {
    return `the history here has no commit ${commit}: fetch it whole (git fetch --unshallow)`;
  }
};

export const buildOfCommit = (commit: string): OtherBuild =>
  newBuild((folder) => {
    const archive = execFileSync('git', ['archive', commit, ...PARTS], {
      cwd: PROJECT_ROOT,
      maxBuffer: 256 * 1024 * 1024,
    });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
  });

/** This build with one text in one file replaced. */
export const buildWith = (file: string, from: string, to: string): OtherBuild =>
  newBuild((folder) => {
    mkdirSync(folder, { recursive: true });
    for (const part of PARTS) cpSync(join(PROJECT_ROOT, part), join(folder, part), { recursive: true });
    const path = join(folder, file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(from)) throw new Error(`${file} has no "${from}"`);
    writeFileSync(path, source.replace(from, to));
  });
