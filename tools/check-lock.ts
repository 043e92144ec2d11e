// `npm install` leaves platform packages that it cannot find out of the lock file, and `npm ci` then refuses the whole install,
// on every machine. A version whose packages are all there must be chosen instead.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
  readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'),
);

/** Where Node would look for a package, the nearest folder first. */
const places = (from: string, name: string): string[] => {
  const folders = from.split('/node_modules/');
  return folders.map((_, depth) => [...folders.slice(0, folders.length - depth), name].join('/node_modules/'));
};

const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => ![...places(path, name), `node_modules/${name}`].some((place) => place in lock.packages))
    .map(([name, version]) => `${path} needs ${name}@${version}, which package-lock.json does not have`),
);

for (const line of missing) console.error(line);
if (missing.length > 0) {
  console.error(
    '`npm ci` would refuse this lock file. Choose versions for which the registry has every platform package.',
  );
  process.exitCode = 1;
}
