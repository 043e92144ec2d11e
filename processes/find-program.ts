// Where the programs are that this project runs and does not bring. It starts nothing, and decides nothing where one is missing.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  readonly name: string;
  /** Names of its file, the first that is found counts. */
  readonly files: readonly string[];
  /** The setting that names its path and then wins. */
  readonly variable: string;
  readonly debianPackage: string;
  /** Where it may be although no PATH leads there. */
  readonly folders?: readonly string[];
  readonly paths?: readonly string[];
}

export const REDIS_SERVER: Program = {
  name: 'redis-server',
  files: ['redis-server'],
  variable: 'REDIS_SERVER',
  debianPackage: 'redis-server',
};

export const TURN_SERVER: Program = {
  name: 'turnserver',
  files: ['turnserver'],
  variable: 'TURN_SERVER',
  debianPackage: 'coturn',
};

export const NGINX: Program = {
  name: 'nginx',
  files: ['nginx'],
  variable: 'NGINX',
  debianPackage: 'nginx',
  // Debian keeps it where only root's PATH looks.
  folders: ['/usr/local/sbin', '/usr/sbin'],
};

export const CHROMIUM: Program = {
  name: 'Chromium or Chrome',
  files: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  variable: 'CHROMIUM',
  debianPackage: 'chromium',
  paths: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of the executable. */
export const findProgram = ({ files, variable, folders = [], paths = [] }: Program): string | undefined => {
  const named = process.env[variable];
  if (named) return isExecutable(named) ? named : undefined;
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...onPath, ...folders].flatMap((folder) => files.map((file) => join(folder, file)));
  return [...candidates, ...paths].find(isExecutable);
};

/** What to do where it is not found. */
export const notFound = ({ name, variable, debianPackage }: Program): string =>
  `no ${name} found: install Debian's "${debianPackage}", or set ${variable} to its path`;

/** For whoever cannot go on without it. */
export const programPath = (program: Program): string => {
  const path = findProgram(program);
  if (path === undefined) throw new Error(notFound(program));
  return path;
};
